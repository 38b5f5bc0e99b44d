"""Takes the orders of a storefront through release, dispatch and delivery."""

from __future__ import annotations

import argparse
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

import orders.actions
import orders.queries
from core.actors import Actor
from core.errors import DomainError
from core.models import Client, ClientKind
from core.operations import explain, find_operation
from shipping.actions import deliver_shipment, dispatch_shipment, open_shipments
from shipping.models import Shipment
from shipping.queries import shipments_of
from shipping.statuses import NOT_DISPATCHED, ShipmentStatus

ACTOR = Actor.system("fulfil")
DISPATCHED_NOT_DELIVERED = (ShipmentStatus.DISPATCHED, ShipmentStatus.IN_TRANSIT)


@dataclass
class Tally:
    delivered: int = 0
    dispatched: int = 0
    refused: list[str] = field(default_factory=list)


class Command(BaseCommand):
    help = "Release, dispatch and deliver every placed order of a storefront. Run it again to go on where it stopped."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--storefront", required=True, help="name of the client that owns the orders")
        parser.add_argument("--carrier", default="Royal Mail", help="the carrier written on the shipments")

    def handle(self, *_: Any, storefront: str, carrier: str, **__: Any) -> None:
        client = Client.objects.filter(name=storefront, kind=ClientKind.STOREFRONT).first()
        if client is None:
            raise CommandError(f"There is no storefront named {storefront!r}.")
        tally = Tally()
        for order_id in track(_open_orders(client.pk), description="Fulfilling orders", console=Console(stderr=True)):
            _fulfil(order_id, carrier, tally)
        self.stdout.write(
            f"{tally.delivered} orders delivered, {tally.dispatched} shipments dispatched, {len(tally.refused)} refused"
        )
        if tally.refused:
            raise CommandError("\n".join(tally.refused))


def _open_orders(client_id: uuid.UUID) -> list[uuid.UUID]:
    """What is placed and not delivered yet, the oldest first."""
    orders_of_client = orders.queries.visible_orders(client_id).filter(status__in=["placed", "processing", "shipped"])
    return list(orders_of_client.order_by("id").values_list("pk", flat=True))


def _fulfil(order_id: uuid.UUID, carrier: str, tally: Tally) -> None:
    """Each step is an action of its own, taken only while it is due, so this may stop anywhere and go on later."""
    order = orders.queries.order_for_shipping(order_id)
    try:
        if order.status == "placed":
            orders.actions.release_order(order_id, actor=ACTOR)
        open_shipments(order_id, actor=ACTOR)
        for shipment in shipments_of(order_id):
            _dispatch_and_deliver(shipment, carrier, tally)
    except DomainError as error:
        tally.refused.append(f"Order {order}: {error.detail} {error.unblock}".rstrip())
        return
    _count(order_id, tally)


def _dispatch_and_deliver(shipment: Shipment, carrier: str, tally: Tally) -> None:
    """Dispatch and deliver what is not yet; a parcel that failed is for people to settle."""
    if shipment.status in NOT_DISPATCHED:
        tracking_number = f"QM{shipment.order.number:010d}-{shipment.sequence}"
        dispatch_shipment(shipment.pk, carrier=carrier, tracking_number=tracking_number, actor=ACTOR)
        tally.dispatched += 1
    if shipment.status in {*NOT_DISPATCHED, *DISPATCHED_NOT_DELIVERED}:
        deliver_shipment(shipment.pk, actor=ACTOR)


def _count(order_id: uuid.UUID, tally: Tally) -> None:
    order = orders.queries.order_for_shipping(order_id)
    if order.status == "delivered":
        tally.delivered += 1
    else:
        told = explain(order, find_operation(type(order), "deliver"))
        tally.refused.append(f"Order {order}: {told.reason} {told.unblock}" if told else f"Order {order}")
