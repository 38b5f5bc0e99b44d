"""What other rooms may ask of customers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q

from core.errors import InvalidInput
from customers.models import Customer


@dataclass(frozen=True)
class CustomerSnapshot:
    """A customer as an order copies it; `default_address` is None for one without."""

    id: uuid.UUID
    email: str
    name: str
    default_address: dict[str, Any] | None


def customer_for_order(client_id: uuid.UUID, customer_id: uuid.UUID) -> CustomerSnapshot:
    """The customer of that storefront. Raises InvalidInput at /customer when the storefront has no such customer."""
    fields = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")
    row = (
        Customer.objects.filter(pk=customer_id, client_id=client_id)
        .annotate(address=FilteredRelation("addresses", condition=Q(addresses__is_default=True)))
        .values_list("id", "email", "name", "address__id", *(f"address__{field}" for field in fields))
        .first()
    )
    if row is None:
        raise InvalidInput.at("/customer", "unknown_customer", "The storefront has no such customer.")
    address = dict(zip(fields, row[4:], strict=True)) if row[3] else None
    return CustomerSnapshot(row[0], row[1] or "", row[2], address)
