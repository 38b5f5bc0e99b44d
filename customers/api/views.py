from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.replies import Reply
from core.api.views import ApiView, ListView
from customers.actions import add_address, create_customer, remove_address, update_address, update_customer
from customers.api.filters import CustomerFilters
from customers.api.serializers import (
    AddressChangesSerializer,
    AddressSerializer,
    CustomerChangesSerializer,
    CustomerSerializer,
    NewAddressSerializer,
    NewCustomerSerializer,
    show_address,
    show_customer,
)
from customers.models import Address, Customer
from customers.queries import address_of, customer_of

_SCOPES = {
    "GET": "customers:read",
    "POST": "customers:write",
    "PATCH": "customers:write",
    "DELETE": "customers:write",
}


class CustomerList(ListView):
    """The storefront's customers, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewCustomerSerializer}
    answers = {"GET": CustomerSerializer, "POST": (201, CustomerSerializer)}
    filterset = CustomerFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Customer]:
        return Customer.objects.of_client(self.caller.client.pk)

    def present(self, rows: list[Customer]) -> list[Any]:
        return [show_customer(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """An e-mail or reference that another customer has is 409 with that customer's id."""
        body = self.body()

        def create() -> Reply:
            customer = create_customer(client_id=self.caller.client.pk, **body, actor=self.actor)
            location = f"/api/v1/customers/{customer.pk}/"
            return Reply.created(show_customer(customer), location=location, version=customer.version)

        return idempotent(request, create)


class _OfOneCustomer(ApiView):
    scopes = _SCOPES

    def customer(self) -> Customer:
        return customer_of(self.caller.client.pk, self.kwargs["customer_id"])

    def target_exists(self) -> bool:
        customers = Customer.objects.of_client(self.caller.client.pk)
        return customers.filter(pk=self.kwargs["customer_id"]).exists()


class CustomerDetail(_OfOneCustomer):
    bodies = {"PATCH": CustomerChangesSerializer}
    answers = {"GET": CustomerSerializer, "PATCH": CustomerSerializer}

    def get(self, request: Request, customer_id: uuid.UUID) -> HttpResponse:
        customer = self.customer()
        return self.versioned(show_customer(customer), customer.version)

    def patch(self, request: Request, customer_id: uuid.UUID) -> HttpResponse:
        """Orders keep the name and e-mail that they were placed with."""
        changes: Any = self.body()
        customer = update_customer(
            customer_id,
            changes,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_customer(customer), version=customer.version).response()


class AddressList(_OfOneCustomer, ListView):
    """The customer's addresses, oldest first."""

    bodies = {"POST": NewAddressSerializer}
    answers = {"GET": AddressSerializer, "POST": (201, AddressSerializer)}
    orderings = {"created_at": ("id",), "-created_at": ("-id",)}

    def rows(self) -> QuerySet[Address]:
        return self.customer().addresses.all()

    def present(self, rows: list[Address]) -> list[Any]:
        return [show_address(row) for row in rows]

    def post(self, request: Request, customer_id: uuid.UUID) -> HttpResponse:
        """A customer's first address is their default. The ETag is the customer's, of which it is a part."""
        body: Any = self.body()

        def create() -> Reply:
            address = add_address(customer_id, body, client_id=self.caller.client.pk, actor=self.actor)
            location = f"/api/v1/customers/{customer_id}/addresses/{address.pk}/"
            return Reply.created(show_address(address), location=location)

        return idempotent(request, create)


class AddressDetail(_OfOneCustomer):
    """An address is a part of its customer, and its ETag is the customer's."""

    bodies = {"PATCH": AddressChangesSerializer}
    answers = {"GET": AddressSerializer, "PATCH": AddressSerializer}

    def target_exists(self) -> bool:
        return Address.objects.filter(
            pk=self.kwargs["address_id"],
            customer_id=self.kwargs["customer_id"],
            customer__client_id=self.caller.client.pk,
        ).exists()

    def get(self, request: Request, customer_id: uuid.UUID, address_id: uuid.UUID) -> HttpResponse:
        customer = self.customer()
        return self.versioned(show_address(address_of(customer, address_id)), customer.version)

    def patch(self, request: Request, customer_id: uuid.UUID, address_id: uuid.UUID) -> HttpResponse:
        """Orders keep the address that they were placed with."""
        changes: Any = self.body()
        address = update_address(
            customer_id,
            address_id,
            changes,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_address(address), version=address.customer.version).response()

    def delete(self, request: Request, customer_id: uuid.UUID, address_id: uuid.UUID) -> HttpResponse:
        """Without a default address a customer has none until another is made so."""
        remove_address(
            customer_id,
            address_id,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.nothing().response()
