"""What a storefront may sell now: for quotes, for refusals, and for orders that wait."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from inventory.errors import Shortage
from inventory.models import StockLevel, Variant
from inventory.sourcing.documents import plan_document
from inventory.sourcing.places import sold_units
from inventory.sourcing.rules import Sourcing
from inventory.sourcing.supply import read_supply
from inventory.statuses import StockPolicy


def available(variant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Units of each variant that active locations have and no order holds; 0 for one that has no stock level."""
    free = dict.fromkeys(variant_ids, 0)
    levels = StockLevel.objects.filter(variant_id__in=free, location__active=True).order_by()
    for variant_id, units in levels.values_list("variant_id").annotate(free=Sum(F("on_hand") - F("reserved"))):
        free[variant_id] = units
    return free


@dataclass(frozen=True)
class Offered:
    """What can be had of a variant: units that no order holds at active locations, and what holds when they run out."""

    units: int
    stock_policy: str
    available_from: dt.date | None
    restock_days: int | None


def expected_on(offered: Offered, today: dt.date) -> dt.date | None:
    """From when on units that aren't there today can be expected; None where nobody promises a day.

    A preorder's first day, while it is to come; otherwise so many days from today as restocking usually takes.
    """
    if offered.stock_policy == StockPolicy.REFUSE:
        return None
    if offered.available_from is not None and offered.available_from > today:
        return offered.available_from
    return None if offered.restock_days is None else today + dt.timedelta(days=offered.restock_days)


_OFFERED = """
SELECT variant.id, coalesce(free.units, 0)::bigint, variant.stock_policy, variant.available_from,
       variant.restock_days
FROM inventory_variant variant
LEFT JOIN LATERAL (
    SELECT sum(level.on_hand - level.reserved) AS units
    FROM inventory_stocklevel level JOIN inventory_location place ON place.id = level.location_id
    WHERE level.variant_id = variant.id AND place.active
) free ON true
WHERE variant.id = ANY(%s)
"""


def offered(units: Mapping[uuid.UUID, int], sourcing: Sourcing | None = None) -> dict[uuid.UUID, Offered]:
    """What can be had of each variant now, by an order for so many `units` of them. It reads, and locks nothing."""
    if sourcing is not None:
        return _offered_by_rules(units, sourcing)
    with connection.cursor() as cursor:
        cursor.execute(_OFFERED, [list(units)])
        return {variant_id: Offered(*row) for variant_id, *row in cursor.fetchall()}


def _offered_by_rules(units: Mapping[uuid.UUID, int], sourcing: Sourcing) -> dict[uuid.UUID, Offered]:
    supply = read_supply(units)
    sold = supply.sold(units, sourcing)
    return {
        variant_id: Offered(sold[variant_id], variant.stock_policy, variant.available_from, variant.restock_days)
        for variant_id, variant in supply.variants.items()
    }


def shortages(
    requested: Mapping[uuid.UUID, int], *, order_id: uuid.UUID, sourcing: Sourcing | None = None
) -> list[Shortage]:
    """What reserving for the order would be refused for: the variants that aren't sold beyond their stock and of which
    fewer units can be had than `requested`, by SKU. It reads, and locks nothing.
    """
    if not requested:
        return []
    if sourcing is not None:
        return _shortages_by_rules(requested, order_id, sourcing)
    sold = Q(levels__location__active=True)
    free = Coalesce(Sum(F("levels__on_hand") - F("levels__reserved"), filter=sold), 0)
    found = (
        Variant.objects.filter(pk__in=requested, stock_policy=StockPolicy.REFUSE)
        .annotate(free=free)
        .order_by("sku")
        .values_list("pk", "sku", "free")
    )
    return [Shortage(sku, requested[pk], units) for pk, sku, units in found if units < requested[pk]]


def _shortages_by_rules(requested: Mapping[uuid.UUID, int], order_id: uuid.UUID, sourcing: Sourcing) -> list[Shortage]:
    supply = read_supply(requested, order_id=order_id)
    short = supply.short(requested, sourcing)
    found = [
        Shortage(supply.variants[each].sku, requested[each], requested[each] - short[each])
        for each in supply.refused(short)
    ]
    return sorted(found, key=lambda shortage: shortage.sku)


def sourcing_plans(units: Mapping[uuid.UUID, int], sourcing: Sourcing, at_most: int) -> list[dict[str, Any]]:
    """How an order for so many units could be sent, the best plan first. It reads, and locks nothing."""
    return [plan_document(explained) for explained in read_supply(units).ranked(units, sourcing, at_most)]


class FreeStock:
    """The units of some variants that no order holds, by location, to be dealt out to orders that wait for them."""

    def __init__(self, variant_ids: Iterable[uuid.UUID]) -> None:
        levels = StockLevel.objects.filter(
            variant_id__in=set(variant_ids), location__active=True, on_hand__gt=F("reserved")
        )
        self._levels: defaultdict[uuid.UUID, dict[uuid.UUID, tuple[int, int]]] = defaultdict(dict)
        rows = levels.order_by("location__priority", "location__code").annotate(free=F("on_hand") - F("reserved"))
        for variant_id, location_id, free, kept in rows.values_list(
            "variant_id", "location_id", "free", "location__shop_floor_units"
        ):
            self._levels[variant_id][location_id] = free, kept

    @property
    def variant_ids(self) -> list[uuid.UUID]:
        """Those of which something is left."""
        return [variant_id for variant_id, levels in self._levels.items() if any(free for free, _ in levels.values())]

    def deal(
        self, variant_id: uuid.UUID, units: int, sourcing: Sourcing | None, begun: Collection[uuid.UUID] = ()
    ) -> int:
        """Take up to so many units for an order, and say how many there were. One that isn't split goes on where it
        has begun, if it has.
        """
        lacking = units
        levels = self._levels[variant_id]
        for location_id, (free, kept) in levels.items():
            if begun and sourcing is not None and sourcing.never_splits and location_id not in begun:
                continue
            taken = min(lacking, sold_units(free, active=True, shop_floor_units=kept, sourcing=sourcing))
            levels[location_id] = free - taken, kept
            lacking -= taken
        return units - lacking
