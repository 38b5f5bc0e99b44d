"""What other rooms may ask of inventory."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q, Sum

from inventory.models import Reservation, StockLevel, Variant


@dataclass(frozen=True)
class Allocation:
    """Units of one order line at one location."""

    line_id: uuid.UUID
    variant_id: uuid.UUID
    location_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class SellableVariant:
    """A variant as an order line copies it; `price` is in minor units of the asked currency, None when it has none."""

    id: uuid.UUID
    sku: str
    name: str
    price: int | None


def sellable(skus: Collection[str], currency: str) -> dict[str, SellableVariant]:
    """The active variants among `skus`, by SKU."""
    rows = (
        Variant.objects.filter(sku__in=skus, active=True, product__active=True)
        .annotate(offer=FilteredRelation("prices", condition=Q(prices__currency=currency)))
        .order_by()
        .values_list("id", "sku", "name", F("offer__amount"))
    )
    return {row[1]: SellableVariant(*row) for row in rows}


def reservations_of(order_id: uuid.UUID) -> list[Allocation]:
    """What is kept for an order right now."""
    rows = Reservation.objects.filter(order_id=order_id).order_by("location_id", "line_id")
    return [Allocation(r.line_id, r.variant_id, r.location_id, r.quantity) for r in rows]


def available(variant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Units of each variant that active locations have and no order holds; 0 for one that has no stock level."""
    free = dict.fromkeys(variant_ids, 0)
    levels = StockLevel.objects.filter(variant_id__in=free, location__active=True).order_by()
    for variant_id, units in levels.values_list("variant_id").annotate(free=Sum(F("on_hand") - F("reserved"))):
        free[variant_id] = units
    return free
