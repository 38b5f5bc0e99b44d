"""After dispatch: in transit, failed, delivered or returned to the sender."""

from __future__ import annotations

import uuid

from django.utils import timezone

import inventory.actions
import orders.actions
from core.actors import Actor
from core.operations import done_already, performs
from core.transactions import action
from shipping.actions.locking import allocations_of, lock_shipment, save, units_by_line
from shipping.events import ShipmentDelivered, ShipmentFailed, ShipmentInTransit, ShipmentReturned
from shipping.models import Shipment
from shipping.operations import DELIVER, MARK_FAILED, MARK_IN_TRANSIT, RETURN_TO_SENDER
from shipping.queries import was_restocked


@performs(MARK_IN_TRANSIT)
@action
def mark_in_transit(shipment_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Shipment:
    """The carrier has scanned it, or tries again after a failure; in transit already, it stays so.

    Raises OperationRefused.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, MARK_IN_TRANSIT):
        return shipment
    shipment.mark_in_transit()
    save(shipment, ShipmentInTransit(shipment.pk, shipment.sequence), actor=actor)
    return shipment


@performs(MARK_FAILED)
@action
def mark_failed(shipment_id: uuid.UUID, *, reason: str, actor: Actor, expected_version: int | None = None) -> Shipment:
    """The carrier could not hand it over; failed for the same reason already, it stays so. Raises OperationRefused."""
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, MARK_FAILED, reason=shipment.failure_reason == reason):
        return shipment
    shipment.mark_failed(reason=reason)
    save(shipment, ShipmentFailed(shipment.pk, shipment.sequence), actor=actor)
    return shipment


@performs(DELIVER)
@action
def deliver_shipment(shipment_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Shipment:
    """The recipient has it; the order's last delivery makes the order delivered. Delivered already, it stays so.

    Raises OperationRefused.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, DELIVER):
        return shipment
    now = timezone.now()
    shipment.deliver(at=now)
    save(shipment, ShipmentDelivered(shipment.pk, shipment.sequence), actor=actor)
    orders.actions.record_delivery(shipment.order, units_by_line(shipment), at=now, actor=actor)
    return shipment


@performs(RETURN_TO_SENDER)
@action
def return_to_sender(
    shipment_id: uuid.UUID, *, restock: bool, actor: Actor, expected_version: int | None = None
) -> Shipment:
    """It came back undelivered: its units return to the stock of its location, or are scrapped.

    Returned already, and restocked or not as it was then, it stays so. Raises OperationRefused.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, RETURN_TO_SENDER, restock=was_restocked(shipment) == restock):
        return shipment
    now = timezone.now()
    shipment.return_to_sender(at=now)
    inventory.actions.take_back(allocations_of(shipment), order=shipment.order, restock=restock, actor=actor)
    save(shipment, ShipmentReturned(shipment.pk, shipment.sequence, restock), actor=actor)
    orders.actions.record_return(shipment.order, units_by_line(shipment), at=now, actor=actor)
    return shipment
