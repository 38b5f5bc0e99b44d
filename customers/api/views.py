from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.replies import Reply
from core.api.views import ApiView, ListView
from customers.actions import (
    add_address,
    create_customer,
    create_group,
    open_credit,
    remove_address,
    set_credit,
    update_address,
    update_customer,
    update_group,
)
from customers.api.filters import CustomerFilters, CustomerGroupFilters
from customers.api.serializers import (
    AddressChangesSerializer,
    AddressSerializer,
    CreditAccountChangesSerializer,
    CreditAccountSerializer,
    CustomerChangesSerializer,
    CustomerGroupChangesSerializer,
    CustomerGroupSerializer,
    CustomerSerializer,
    NewAddressSerializer,
    NewCreditAccountSerializer,
    NewCustomerGroupSerializer,
    NewCustomerSerializer,
    show_address,
    show_credit_account,
    show_customer,
    show_group,
)
from customers.models import Address, CreditAccount, Customer, CustomerGroup
from customers.queries import address_of, credit_account_of, customer_of, group_of

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
        return Customer.objects.of_client(self.caller.client.pk).with_groups()

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
    version_of = "version"

    def customer(self) -> Customer:
        return customer_of(self.caller.client.pk, self.kwargs["customer_id"])

    def target(self) -> QuerySet[Any, Any]:
        return Customer.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["customer_id"])


class CustomerDetail(_OfOneCustomer):
    bodies = {"PATCH": CustomerChangesSerializer}
    answers = {"GET": CustomerSerializer, "PATCH": CustomerSerializer}

    def get(self, request: Request, customer_id: uuid.UUID) -> HttpResponse:
        customer = self.customer()
        return self.versioned(show_customer(customer), customer.version)

    def patch(self, request: Request, customer_id: uuid.UUID) -> HttpResponse:
        """`group_ids` replaces all groups. Orders keep the name and e-mail that they were placed with."""
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
            address = add_address(
                customer_id,
                body,
                client_id=self.caller.client.pk,
                actor=self.actor,
                expected_version=self.expected_version(),
            )
            location = f"/api/v1/customers/{customer_id}/addresses/{address.pk}/"
            return Reply.created(show_address(address), location=location, version=address.customer.version)

        return idempotent(request, create)


class AddressDetail(_OfOneCustomer):
    """An address is a part of its customer, and its ETag is the customer's."""

    bodies = {"PATCH": AddressChangesSerializer}
    answers = {"GET": AddressSerializer, "PATCH": AddressSerializer}
    version_of = "customer__version"

    def target(self) -> QuerySet[Any, Any]:
        return Address.objects.filter(
            pk=self.kwargs["address_id"],
            customer_id=self.kwargs["customer_id"],
            customer__client_id=self.caller.client.pk,
        )

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
        customer = remove_address(
            customer_id,
            address_id,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.nothing(version=customer.version).response()


class CustomerGroupList(ListView):
    """The storefront's customer groups, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewCustomerGroupSerializer}
    answers = {"GET": CustomerGroupSerializer, "POST": (201, CustomerGroupSerializer)}
    filterset = CustomerGroupFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[CustomerGroup]:
        return CustomerGroup.objects.of_client(self.caller.client.pk)

    def present(self, rows: list[CustomerGroup]) -> list[Any]:
        return [show_group(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A code that another group of the storefront has is 409 with that group's id."""
        body = self.body()

        def create() -> Reply:
            group = create_group(client_id=self.caller.client.pk, **body, actor=self.actor)
            location = f"/api/v1/customer-groups/{group.pk}/"
            return Reply.created(show_group(group), location=location, version=group.version)

        return idempotent(request, create)


class CustomerGroupDetail(ApiView):
    """Who is in it, a PATCH of the customer's `group_ids` says."""

    scopes = _SCOPES
    bodies = {"PATCH": CustomerGroupChangesSerializer}
    answers = {"GET": CustomerGroupSerializer, "PATCH": CustomerGroupSerializer}
    version_of = "version"

    def target(self) -> QuerySet[CustomerGroup]:
        return CustomerGroup.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["group_id"])

    def get(self, request: Request, group_id: uuid.UUID) -> HttpResponse:
        group = group_of(self.caller.client.pk, group_id)
        return self.versioned(show_group(group), group.version)

    def patch(self, request: Request, group_id: uuid.UUID) -> HttpResponse:
        """Its code stays."""
        changes: Any = self.body()
        group = update_group(
            group_id,
            changes,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_group(group), version=group.version).response()


_CREDIT_SCOPES = {"GET": "customers:read", "POST": "customers:credit", "PATCH": "customers:credit"}


class CreditAccountList(ListView):
    """The customer's credit accounts, one for each currency, newest first."""

    scopes = _CREDIT_SCOPES
    bodies = {"POST": NewCreditAccountSerializer}
    answers = {"GET": CreditAccountSerializer, "POST": (201, CreditAccountSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def target(self) -> QuerySet[Customer]:
        return Customer.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["customer_id"])

    def rows(self) -> QuerySet[CreditAccount]:
        return customer_of(self.caller.client.pk, self.kwargs["customer_id"]).credit_accounts.all()

    def present(self, rows: list[CreditAccount]) -> list[Any]:
        return [show_credit_account(row) for row in rows]

    def post(self, request: Request, customer_id: uuid.UUID) -> HttpResponse:
        """Opens one. What is due of orders on account in the currency is owed from the first."""
        body = self.body()

        def open_one() -> Reply:
            account = open_credit(client_id=self.caller.client.pk, customer_id=customer_id, **body, actor=self.actor)
            location = f"/api/v1/credit-accounts/{account.pk}/"
            return Reply.created(show_credit_account(account), location=location, version=account.version)

        return idempotent(request, open_one)


class CreditAccountDetail(ApiView):
    """How much the customer may owe in one currency, and what they owe. As orders move that, it is never 304."""

    scopes = _CREDIT_SCOPES
    bodies = {"PATCH": CreditAccountChangesSerializer}
    answers = {"GET": CreditAccountSerializer, "PATCH": CreditAccountSerializer}
    version_of = "version"

    def target(self) -> QuerySet[CreditAccount]:
        return CreditAccount.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["credit_account_id"])

    def get(self, request: Request, credit_account_id: uuid.UUID) -> HttpResponse:
        account = credit_account_of(self.caller.client.pk, credit_account_id)
        return self.versioned(show_credit_account(account), account.version, covered=False)

    def patch(self, request: Request, credit_account_id: uuid.UUID) -> HttpResponse:
        """A limit below what is owed refuses new orders on account, and nothing else; 0 closes the account."""
        changes: Any = self.body()
        account = set_credit(
            credit_account_id,
            changes,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_credit_account(account), version=account.version).response()
