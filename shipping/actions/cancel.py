"""Cancelling shipments before dispatch: one, or all of a cancelled order."""

from __future__ import annotations

import uuid

from django.utils import timezone

import orders.actions
from core.actors import Actor
from core.operations import done_already, performs
from core.transactions import action
from shipping.actions.locking import lock_shipment, save
from shipping.events import ShipmentCancelled
from shipping.models import Shipment
from shipping.operations import CANCEL
from shipping.queries import reason_of


@performs(CANCEL)
@action
def cancel_shipment(
    shipment_id: uuid.UUID, *, reason: str = "", actor: Actor, expected_version: int | None = None
) -> Shipment:
    """It will not leave; its units stay reserved and wait for open_shipments.

    Cancelled already for the same reason, it stays so. Raises OperationRefused.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, CANCEL, reason=reason_of(shipment) == reason):
        return shipment
    shipment.cancel(at=timezone.now())
    save(shipment, ShipmentCancelled(shipment.pk, shipment.sequence), actor=actor, reason=reason)
    return shipment


@action
def cancel_shipments_of(order_id: uuid.UUID, *, actor: Actor) -> list[Shipment]:
    """Cancel the shipments of a cancelled order that were not dispatched; returns them.

    Nothing happens when the order is no longer cancelled: once it is released, open_shipments keeps or cancels them.
    """
    order = orders.actions.lock_order(order_id)
    if order.status != "cancelled":
        return []
    not_dispatched = Shipment.objects.filter(order_id=order_id).not_dispatched().prefetch_related("lines")
    waiting = list(not_dispatched.order_by("sequence"))
    for shipment in waiting:
        shipment.order = order
        shipment.cancel(at=timezone.now())
        event = ShipmentCancelled(shipment.pk, shipment.sequence)
        save(shipment, event, actor=actor, reason="The order was cancelled.")
    return waiting
