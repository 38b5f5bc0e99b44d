"""Orders on their way through the warehouse: placed and released by the real actions, from stock at named locations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.actors import Actor
from core.models import Client, Event
from inventory.models import Location, Price, Product, StockLevel, StockMovement, Variant
from orders.actions import NewLine, NewOrder, place_order, release_order
from orders.models import Order
from shipping.actions import deliver_shipment, dispatch_shipment, mark_failed, open_shipments, return_to_sender
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus

ACTOR = Actor.system("test")
_numbers = itertools.count(1)


def a_client(name: str = "", kind: str = "storefront") -> Client:
    return Client.objects.create(name=name or f"{kind} {next(_numbers)}", kind=kind)


def a_location(code: str) -> Location:
    """Locations draw in the order in which they are made."""
    made, _ = Location.objects.get_or_create(
        code=code, defaults={"name": code.title(), "priority": Location.objects.count() + 1}
    )
    return made


def stocked(sku: str, units: Mapping[str, int]) -> Variant:
    """A variant with so many units by location code."""
    variant = Variant.objects.filter(sku=sku).first()
    if variant is None:
        product = Product.objects.create(name=f"Product {sku}")
        variant = Variant.objects.create(product=product, sku=sku, name=f"Product {sku}")
        Price.objects.create(variant=variant, currency="EUR", amount=250)
    for code, quantity in units.items():
        StockMovement.objects.create(
            variant=variant, location=a_location(code), kind="receive", on_hand=quantity, actor=str(ACTOR)
        )
    return variant


def a_placed_order(client: Client | None = None, units: Mapping[str, int] | None = None, **fields: Any) -> Order:
    """By default 3 of A and 2 of B; whoever calls with other units stocks them first."""
    if units is None:
        units = {"A": 3, "B": 2}
        stocked("A", {"MAIN": 3})
        stocked("B", {"MAIN": 2})
    new = NewOrder(
        currency="EUR",
        lines=[NewLine(sku, quantity) for sku, quantity in units.items()],
        email="buyer@example.com",
        payment_terms="on_account",
        shipping_address={"name": "Ada", "city": "London"},
        **fields,
    )
    return place_order(new, client_id=(client or a_client()).pk, actor=ACTOR)


def a_released_order(client: Client | None = None, units: Mapping[str, int] | None = None) -> Order:
    order = a_placed_order(client, units)
    return release_order(order.pk, actor=ACTOR)


def a_shipment(client: Client | None = None, status: str = ShipmentStatus.PENDING) -> Shipment:
    """The one shipment of an order of five units, brought to `status` by the real actions."""
    order = a_released_order(client)
    (shipment,) = open_shipments(order.pk, actor=ACTOR)
    return bring(shipment, status)


def bring(shipment: Shipment, status: str) -> Shipment:
    """Bring a pending shipment to `status`."""
    if status != ShipmentStatus.PENDING:
        dispatch_shipment(shipment.pk, carrier="Royal Mail", tracking_number="RM1", actor=ACTOR)
    if status == ShipmentStatus.FAILED:
        mark_failed(shipment.pk, reason="Nobody at home", actor=ACTOR)
    if status == ShipmentStatus.DELIVERED:
        deliver_shipment(shipment.pk, actor=ACTOR)
    if status == ShipmentStatus.RETURNED:
        return_to_sender(shipment.pk, restock=True, actor=ACTOR)
    return fresh(shipment)


def fresh(shipment: Shipment) -> Shipment:
    return Shipment.objects.get(pk=shipment.pk)


def the_order(shipment: Shipment) -> Order:
    return Order.objects.get(pk=shipment.order_id)


def timeline(order_id: UUID) -> list[str]:
    """The types of an order's events, oldest first."""
    return list(Event.objects.filter(subject_id=order_id).order_by("version").values_list("type", flat=True))


def contents(shipment: Shipment) -> dict[str, int]:
    """SKU → units."""
    return dict(shipment.lines.order_by("order_line__position").values_list("order_line__sku", "quantity"))


def snapshot(order_id: UUID) -> dict[str, Any]:
    """Everything that a refused action must leave alone."""
    order = Order.objects.get(pk=order_id)
    return {
        "order": Order.objects.filter(pk=order_id).values().get(),
        "lines": list(order.lines.order_by("position").values()),
        "shipments": list(Shipment.objects.filter(order_id=order_id).order_by("sequence").values()),
        "contents": list(
            Shipment.objects.filter(order_id=order_id).order_by("lines__id").values_list("id", "lines__quantity")
        ),
        "movements": StockMovement.objects.count(),
        "levels": list(StockLevel.objects.order_by("id").values()),
        "events": timeline(order_id),
    }
