"""A catalogue and its stock, made by the real actions alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from core.actors import Actor
from core.events import DomainEvent
from core.ids import new_id
from core.models import Client
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
)
from inventory.models import Location, StockLevel, Variant
from inventory.queries import Allocation
from orders.models import Order
from tests.factories.core import a_client
from tests.factories.watching import everything as everything

ACTOR = Actor.system("test")


def a_location(code: str = "MAIN", **fields: Any) -> Location:
    return create_location(code=code, name=code.title(), actor=ACTOR, **fields)


def a_variant(sku: str = "MUG", prices: Mapping[str, int] | None = None) -> Variant:
    create_product(name=f"Product {sku}", variants=[NewVariant(sku, f"A {sku}", prices or {})], actor=ACTOR)
    return Variant.objects.get(sku=sku)


def stocked(sku: str, location: Location, quantity: int) -> Variant:
    variant = a_variant(sku)
    receive([StockItem(variant.pk, location.pk, quantity)], actor=ACTOR)
    return variant


def an_order(client: Client | None = None) -> Order:
    """A draft without lines: enough to be what reservations are for."""
    return Order.objects.create(client=client or a_client(), currency="EUR")


def orders(count: int) -> list[Order]:
    client = a_client()
    return Order.objects.bulk_create([Order(client=client, currency="EUR") for _ in range(count)])


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
