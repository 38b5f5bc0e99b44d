"""A catalogue and its stock, made by the real actions alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from factory.declarations import LazyAttribute

from core.actors import Actor
from core.events import DomainEvent
from core.ids import new_id
from core.outbox import record
from core.transactions import action
from inventory.actions import (
    NewVariant,
    StockItem,
    Wanted,
    create_location,
    create_product,
    receive,
    release,
    reserve,
    ship,
    take_back,
    update_variant,
)
from inventory.models import Location, StockLevel, Variant
from inventory.queries import Allocation
from orders.models import Order
from tests.factories.core import ActionFactory

ACTOR = Actor.system("test")
PRICES = {"A": 250, "B": 1_000}
"""In cents; any other SKU that stock_up() makes costs 100."""


class LocationFactory(ActionFactory[Location]):
    class Meta:
        model = Location

    code = "MAIN"
    name = LazyAttribute(lambda location: location.code.title())

    @classmethod
    def act(cls, **fields: Any) -> Location:
        return create_location(actor=ACTOR, **fields)


class VariantFactory(ActionFactory[Variant]):
    """A variant and the product of which it is the only one."""

    class Meta:
        model = Variant

    sku = "MUG"
    prices: Mapping[str, int] = {}

    @classmethod
    def act(cls, sku: str, prices: Mapping[str, int]) -> Variant:
        create_product(name=f"Product {sku}", variants=[NewVariant(sku, f"A {sku}", prices)], actor=ACTOR)
        return Variant.objects.get(sku=sku)


def a_location(code: str = "MAIN", **fields: Any) -> Location:
    return LocationFactory.create(code=code, **fields)


def a_variant(sku: str = "MUG", prices: Mapping[str, int] | None = None) -> Variant:
    return VariantFactory.create(sku=sku, prices=prices or {})


def that_waits(sku: str, currency: str = "EUR", **changes: Any) -> Variant:
    """The variant of a SKU, with a price, from now on sold beyond its stock."""
    variant = Variant.objects.filter(sku=sku).first() or a_variant(sku, {currency: PRICES.get(sku, 100)})
    given: Any = {"stock_policy": "backorder", **changes}
    return update_variant(variant.pk, given, actor=ACTOR)


def stock_up(units: Mapping[str, int], *, location: str = "MAIN", currency: str = "EUR") -> dict[str, Variant]:
    """Receive so many units by SKU; what is unknown is made, locations so that the older one is drawn from first."""
    places = Location.objects.filter(code=location)
    place = places.first() or a_location(location, priority=Location.objects.count() + 1)
    variants = {variant.sku: variant for variant in Variant.objects.filter(sku__in=units)}
    for sku in units.keys() - variants.keys():
        variants[sku] = a_variant(sku, {currency: PRICES.get(sku, 100)})
    receive([StockItem(variants[sku].pk, place.pk, count) for sku, count in units.items()], actor=ACTOR)
    return variants


def stocked(sku: str, location: Location, quantity: int) -> Variant:
    variant = a_variant(sku)
    receive([StockItem(variant.pk, location.pk, quantity)], actor=ACTOR)
    return variant


def wanted(variant: Variant, quantity: int) -> Wanted:
    """What a new line asks for."""
    return Wanted(new_id(), variant.pk, variant.sku, quantity)


@action
def reserve_for(order: Order, *wants: Wanted) -> list[Allocation]:
    return list(reserve(wants, order=order, actor=ACTOR).kept)


@action
def release_of(order: Order, *lines: Any) -> list[Allocation]:
    return release(order=order, line_ids=lines or None, actor=ACTOR)


@dataclass(frozen=True)
class Dispatched(DomainEvent):
    """What shipping says of the units that it takes."""

    type: ClassVar[str] = "shipment.dispatched"
    units: list[dict[str, Any]]


@action
def ship_of(order: Order, picked: Sequence[Allocation]) -> None:
    ship(picked, order=order, actor=ACTOR)
    units = [{"line_id": unit.line_id, "quantity": unit.quantity} for unit in picked]
    record(Dispatched(units), subject=order, actor=ACTOR)


@action
def take_back_of(order: Order, units: Sequence[Allocation], *, restock: bool) -> None:
    take_back(units, order=order, restock=restock, actor=ACTOR)


def stock() -> dict[tuple[str, str], tuple[int, int]]:
    """(SKU, location) → (on hand, reserved)."""
    levels = StockLevel.objects.values_list("variant__sku", "location__code", "on_hand", "reserved")
    return {(sku, code): (on_hand, reserved) for sku, code, on_hand, reserved in levels}
