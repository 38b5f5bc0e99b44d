"""Opening shipments for what an order keeps reserved, one per location."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Max
from django.utils import timezone

import inventory.queries
import orders.actions
from core.actors import Actor
from core.outbox import record
from core.transactions import action, step
from core.versions import keep_version
from shipping.actions.locking import event_lines, save
from shipping.events import ShipmentCancelled, ShipmentOpened
from shipping.models import Shipment, ShipmentLine
from shipping.versions import content_of

Units = dict[uuid.UUID, int]
"""Units by order line."""


@action
def open_shipments(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> list[Shipment]:
    """Open one shipment per location for the reserved units that are in none yet; returns the new ones.

    Nothing happens unless the order is processing, nor when it is repeated. A shipment from before the order was
    cancelled and reopened is kept if its units are reserved at its location again; otherwise it is cancelled.

    `expected_version` is the order's. Raises NotFound, StaleVersion.
    """
    order = orders.actions.lock_order(order_id, expected_version=expected_version)
    if order.status != "processing":
        return []
    free = _reserved(order_id)
    waiting = Shipment.objects.filter(order_id=order_id).not_dispatched()
    for shipment in waiting.prefetch_related("lines").order_by("sequence"):
        shipment.order = order
        if not _subtract_units(free[shipment.location_id], shipment):
            shipment.cancel(at=timezone.now())
            event = ShipmentCancelled(shipment.pk, shipment.sequence)
            save(shipment, event, actor=actor, reason="Its stock is no longer reserved here.")
    return [
        create(Shipment(order=order, client_id=order.client_id, location_id=location_id), left, actor=actor)
        for location_id, unboxed in sorted(free.items())
        if (left := {line_id: quantity for line_id, quantity in unboxed.items() if quantity})
    ]


@step
def create(
    shipment: Shipment, units: Mapping[uuid.UUID, int], *, actor: Actor, split_from: uuid.UUID | None = None
) -> Shipment:
    """Insert a shipment of these units as its order's next, and record that it was opened."""
    last = Shipment.objects.filter(order_id=shipment.order_id).aggregate(last=Max("sequence"))["last"]
    shipment.sequence = (last or 0) + 1
    lines = [
        ShipmentLine(shipment=shipment, order_line_id=line_id, quantity=quantity) for line_id, quantity in units.items()
    ]
    event = ShipmentOpened(shipment.pk, shipment.sequence, shipment.location_id, event_lines(lines), split_from)
    record(event, subject=shipment.order, also=shipment, actor=actor)
    shipment.save(force_insert=True)
    ShipmentLine.objects.bulk_create(lines)
    keep_version(content_of(shipment, lines), subject=shipment.order, part=shipment)
    return shipment


def _reserved(order_id: uuid.UUID) -> defaultdict[uuid.UUID, Units]:
    """location → order line → units."""
    reserved: defaultdict[uuid.UUID, Units] = defaultdict(dict)
    for kept in inventory.queries.reservations_of(order_id):
        reserved[kept.location_id][kept.line_id] = kept.quantity
    return reserved


def _subtract_units(free: Units, shipment: Shipment) -> bool:
    """Subtract the shipment's units from those free at its location; False, and nothing taken, when it has more."""
    wanted = {line.order_line_id: line.quantity for line in shipment.lines.all()}
    if any(free.get(line_id, 0) < quantity for line_id, quantity in wanted.items()):
        return False
    for line_id, quantity in wanted.items():
        free[line_id] -= quantity
    return True
