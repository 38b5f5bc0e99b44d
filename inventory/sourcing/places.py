"""Locations with what they have, and the units of it that a storefront may sell."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from inventory.sourcing.rules import Sourcing


@dataclass(frozen=True)
class Place:
    """A location; `stock` is its units by variant that no order holds, `begun` that it keeps some for this order."""

    id: uuid.UUID
    code: str
    country: str
    postal_code: str
    priority: int
    active: bool
    shop_floor_units: int
    stock: Mapping[uuid.UUID, int]
    begun: bool = False


@dataclass(frozen=True)
class Demand:
    """Units that are wanted by variant, and the variants that are refused, rather than backordered, when short."""

    units: Mapping[uuid.UUID, int]
    refused: Collection[uuid.UUID] = ()


def sold_units(free: int, *, active: bool, shop_floor_units: int, sourcing: Sourcing | None) -> int:
    """What a storefront may sell of the units of a variant that a location has free: the one place that says so."""
    if not active:
        return 0
    kept = shop_floor_units if sourcing is not None and sourcing.keeps_shop_floor else 0
    return max(free - kept, 0)


def sold_at(place: Place, wanted: Collection[uuid.UUID], sourcing: Sourcing | None) -> dict[uuid.UUID, int]:
    """Of the wanted variants, those that the location may send, with the units."""
    units = {
        variant_id: sold_units(
            place.stock.get(variant_id, 0),
            active=place.active,
            shop_floor_units=place.shop_floor_units,
            sourcing=sourcing,
        )
        for variant_id in wanted
    }
    return {variant_id: count for variant_id, count in units.items() if count}
