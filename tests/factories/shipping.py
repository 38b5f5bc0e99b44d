"""Orders on their way through the warehouse: placed and released by the real actions, from stock at named locations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from factory.declarations import SubFactory

from core.actors import Actor
from core.models import Client
from inventory.models import StockLevel, StockMovement
from orders.actions import release_order
from orders.models import Order
from shipping.actions import deliver_shipment, dispatch_shipment, mark_failed, open_shipments, return_to_sender
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus
from tests.factories.core import ActionFactory, ClientFactory, given
from tests.factories.core import timeline as timeline
from tests.factories.orders import OrderFactory

ACTOR = Actor.system("test")


class ShipmentFactory(ActionFactory[Shipment]):
    """The one shipment of an order of five units, brought to `status` by the real actions."""

    class Meta:
        model = Shipment

    client = SubFactory(ClientFactory)
    status = ShipmentStatus.PENDING

    @classmethod
    def act(cls, client: Client, status: str) -> Shipment:
        (shipment,) = open_shipments(a_released_order(client).pk, actor=ACTOR)
        return bring(shipment, status)


def an_order_on_account(client: Client | None = None, units: Mapping[str, int] | None = None, **fields: Any) -> Order:
    """Placed, of stock received for it; whoever calls with units of their own stocks them first."""
    which = given(client=client, units=units, stocked=None if units is None else False)
    address = {"name": "Ada", "line1": "1 High St", "city": "London", "country": "GB"}
    return OrderFactory.create(payment_terms="on_account", shipping_address=address, **which, **fields)


def a_released_order(client: Client | None = None, units: Mapping[str, int] | None = None) -> Order:
    order = an_order_on_account(client, units)
    return release_order(order.pk, actor=ACTOR)


def a_shipment(client: Client | None = None, status: str = ShipmentStatus.PENDING) -> Shipment:
    """The one shipment of an order of five units, brought to `status` by the real actions."""
    return ShipmentFactory.create(status=status, **given(client=client))


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
