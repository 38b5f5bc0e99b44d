"""Handing a shipment to its carrier: the units leave the stock and count as shipped."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone

import inventory.actions
import orders.actions
from core.actors import Actor
from core.errors import InvalidInput
from core.operations import done_already, performs
from core.transactions import action
from shipping.actions.locking import allocations_of, event_lines, lock_shipment, save, units_by_line
from shipping.events import ShipmentDispatched
from shipping.models import Shipment
from shipping.operations import DISPATCH


@performs(DISPATCH)
@action
def dispatch_shipment(
    shipment_id: uuid.UUID,
    *,
    carrier: str = "",
    tracking_number: str = "",
    estimated_delivery: dt.date | None = None,
    notes: str = "",
    actor: Actor,
    expected_version: int | None = None,
) -> Shipment:
    """The carrier has it; the order's last dispatch makes the order shipped. Empty arguments change nothing.

    Dispatched already with the same, it stays so.
    Raises OperationRefused, also while the order is on hold or not processing; InvalidInput without a carrier.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(
        shipment,
        DISPATCH,
        carrier=carrier in {"", shipment.carrier},
        tracking_number=tracking_number in {"", shipment.tracking_number},
        estimated_delivery=estimated_delivery in {None, shipment.estimated_delivery},
        notes=notes in {"", shipment.notes},
    ):
        return shipment
    now = timezone.now()
    shipment.dispatch(
        carrier=carrier or shipment.carrier,
        tracking_number=tracking_number or shipment.tracking_number,
        estimated_delivery=estimated_delivery or shipment.estimated_delivery,
        at=now,
    )
    if not shipment.carrier:
        raise InvalidInput.at("/carrier", "required", "Name the carrier.")
    shipment.notes = notes or shipment.notes
    inventory.actions.ship(allocations_of(shipment), order=shipment.order, actor=actor)
    save(shipment, _dispatched(shipment), actor=actor)
    orders.actions.record_dispatch(shipment.order, units_by_line(shipment), at=now, actor=actor)
    return shipment


def _dispatched(shipment: Shipment) -> ShipmentDispatched:
    return ShipmentDispatched(
        shipment.pk,
        shipment.sequence,
        estimated_delivery=shipment.estimated_delivery,
        units=event_lines(shipment.lines.all()),
    )
