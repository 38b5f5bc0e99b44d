"""What other apps may read of customers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q

from core.errors import InvalidInput, NotFound
from customers.models import Address, Customer

POSTAL_FIELDS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")
"""What an address says, as orders copy it: all are strings, `country` an ISO 3166 code of two letters."""


@dataclass(frozen=True)
class CustomerSnapshot:
    """A customer as an order copies it; `default_address` has POSTAL_FIELDS, and is None for one without."""

    id: uuid.UUID
    email: str
    name: str
    default_address: dict[str, Any] | None


def customer_for_order(client_id: uuid.UUID, customer_id: uuid.UUID) -> CustomerSnapshot:
    """The customer of that storefront. Raises InvalidInput at /customer_id when the storefront has no such customer."""
    row = (
        Customer.objects.filter(pk=customer_id, client_id=client_id)
        .annotate(address=FilteredRelation("addresses", condition=Q(addresses__is_default=True)))
        .values_list("id", "email", "name", "address__id", *(f"address__{field}" for field in POSTAL_FIELDS))
        .first()
    )
    if row is None:
        raise InvalidInput.at("/customer_id", "unknown_customer", "The storefront has no such customer.")
    address = dict(zip(POSTAL_FIELDS, row[4:], strict=True)) if row[3] else None
    return CustomerSnapshot(row[0], row[1] or "", row[2], address)


def customer_of(client_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    """Raises NotFound, also for another storefront's customer."""
    customer = Customer.objects.of_client(client_id).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


def address_of(customer: Customer, address_id: uuid.UUID) -> Address:
    """Raises NotFound, also for another customer's address."""
    address = customer.addresses.filter(pk=address_id).first()
    if address is None:
        raise NotFound("There is no such address.")
    return address


def customer_id_of(client_id: uuid.UUID, email: str) -> uuid.UUID | None:
    """The storefront's customer with that e-mail, whatever its letter case."""
    same = Customer.objects.of_client(client_id).with_email(email)
    return same.values_list("pk", flat=True).first()


def matching_ids(text: str, *, at_most: int = 200) -> list[uuid.UUID]:
    """The newest customers whose e-mail or name contains the text; none for fewer than three letters."""
    if len(text) < 3:
        return []
    found = Customer.objects.filter(Q(email__icontains=text) | Q(name__icontains=text))
    return list(found.values_list("pk", flat=True)[:at_most])
