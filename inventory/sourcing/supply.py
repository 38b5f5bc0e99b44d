"""What all locations have of some variants now, read in one statement, with or without locking it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from inventory.sourcing.explaining import PassedOver, passed_over, why_chosen
from inventory.sourcing.places import Demand, Place, sold_at
from inventory.sourcing.planning import Plan, Planner
from inventory.sourcing.rules import Sourcing
from inventory.statuses import StockPolicy


@dataclass(frozen=True)
class Sold:
    """What holds for a variant: its SKU, and what happens when it runs out."""

    sku: str
    stock_policy: str
    available_from: dt.date | None
    restock_days: int | None


@dataclass(frozen=True)
class Explained:
    """A plan with why it was chosen, and the locations that it passes over; `omitted` more aren't told."""

    plan: Plan
    sourcing: Sourcing
    why: str
    passed_over: Sequence[PassedOver]
    omitted: int
    skus: Mapping[uuid.UUID, str]


@dataclass(frozen=True)
class Supply:
    """All locations, and the variants that were asked for."""

    places: Sequence[Place]
    variants: Mapping[uuid.UUID, Sold]

    def best(self, units: Mapping[uuid.UUID, int], sourcing: Sourcing, *, refusing: bool = True) -> Explained:
        planner = Planner(self.places, self._demand(units, refusing), sourcing)
        return self._explained(planner.best(), planner)

    def short(self, units: Mapping[uuid.UUID, int], sourcing: Sourcing) -> dict[uuid.UUID, int]:
        """What an order for so many units would lack."""
        return Planner(self.places, self._demand(units, refusing=True), sourcing).best().short

    def ranked(self, units: Mapping[uuid.UUID, int], sourcing: Sourcing, at_most: int) -> list[Explained]:
        planner = Planner(self.places, self._demand(units, refusing=True), sourcing)
        return [self._explained(plan, planner) for plan in planner.ranked(at_most)]

    def sold(self, units: Mapping[uuid.UUID, int], sourcing: Sourcing) -> Counter[uuid.UUID]:
        """What an order for so many units could have of each variant: of all locations, or of the one that would send
        it where orders aren't split.
        """
        planner = Planner(self.places, self._demand(units, refusing=True), sourcing)
        sources = planner.sources
        if sourcing.never_splits:
            sources = [parcel.source for parcel in planner.best().parcels]
        found: Counter[uuid.UUID] = Counter()
        for source in sources:
            found.update(source.units)
        return found

    def missing_at(
        self, location_id: uuid.UUID, units: Mapping[uuid.UUID, int], sourcing: Sourcing
    ) -> dict[uuid.UUID, int]:
        """What the location must receive so that an order for so many units gets all of them: where orders aren't
        split, all that it lacks itself.
        """
        short = self.short(units, sourcing)
        if not short:
            return {}
        place = next(place for place in self.places if place.id == location_id)
        if sourcing.never_splits:
            there = sold_at(place, units, sourcing)
            short = {variant_id: count - there.get(variant_id, 0) for variant_id, count in units.items()}
        kept = place.shop_floor_units if sourcing.keeps_shop_floor else 0
        return {
            variant_id: count + max(kept - place.stock.get(variant_id, 0), 0)
            for variant_id, count in short.items()
            if count > 0
        }

    def refused(self, variant_ids: Iterable[uuid.UUID]) -> Iterator[uuid.UUID]:
        """Those that aren't sold beyond their stock."""
        return (each for each in variant_ids if self.variants[each].stock_policy == StockPolicy.REFUSE)

    def _demand(self, units: Mapping[uuid.UUID, int], refusing: bool) -> Demand:
        return Demand(dict(units), frozenset(self.refused(units)) if refusing else frozenset())

    def _explained(self, plan: Plan, planner: Planner) -> Explained:
        told, omitted = passed_over(plan, planner)
        skus = {variant_id: sold.sku for variant_id, sold in self.variants.items()}
        return Explained(plan, planner.sourcing, why_chosen(plan, planner), told, omitted, skus)


_SUPPLY = """
WITH level AS MATERIALIZED (
    SELECT variant_id, location_id, on_hand - reserved AS free FROM inventory_stocklevel
    WHERE variant_id = ANY(%(variants)s::uuid[]) ORDER BY variant_id, location_id {lock}
), stocked AS (
    SELECT location_id, json_object_agg(variant_id, free) AS stock FROM level GROUP BY location_id
)
SELECT (
    SELECT coalesce(json_agg(json_build_array(
        place.id, place.code, place.country, place.postal_code, place.priority, place.active, place.shop_floor_units,
        coalesce(stocked.stock, '{{}}'::json),
        place.id IN (SELECT location_id FROM inventory_reservation WHERE order_id = %(order)s)
    ) ORDER BY place.code), '[]')::text
    FROM inventory_location place LEFT JOIN stocked ON stocked.location_id = place.id
), (
    SELECT coalesce(
        json_object_agg(id, json_build_array(sku, stock_policy, available_from, restock_days)), '{{}}'
    )::text
    FROM inventory_variant WHERE id = ANY(%(variants)s::uuid[])
)
"""
_READ, _LOCK = (_SUPPLY.format(lock=lock) for lock in ("", "FOR UPDATE"))


def read_supply(variant_ids: Collection[uuid.UUID], *, order_id: uuid.UUID | None = None, lock: bool = False) -> Supply:
    """`lock` takes the locks of all levels of the variants, by key. `order_id` is the order that the units are for."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK if lock else _READ, {"variants": list(variant_ids), "order": order_id})
        places, variants = cursor.fetchone()
    return Supply(
        [_place(*row) for row in orjson.loads(places)],
        {uuid.UUID(key): _sold(*row) for key, row in orjson.loads(variants).items()},
    )


def _place(place_id: str, *columns: Any) -> Place:
    code, country, postal_code, priority, active, shop_floor_units, stock, begun = columns
    free = {uuid.UUID(variant_id): units for variant_id, units in stock.items()}
    return Place(uuid.UUID(place_id), code, country, postal_code, priority, active, shop_floor_units, free, begun)


def _sold(sku: str, stock_policy: str, available_from: str | None, restock_days: int | None) -> Sold:
    first = dt.date.fromisoformat(available_from) if available_from else None
    return Sold(sku, stock_policy, first, restock_days)
