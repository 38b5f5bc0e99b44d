"""How every action on a shipment begins and ends: lock its order first, save it with its event last."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import orders.actions
from core.actors import Actor
from core.errors import NotFound, StaleVersion
from core.outbox import record
from core.transactions import step
from core.versions import keep_version
from inventory.queries import Allocation
from shipping.events import ShipmentEvent
from shipping.models import Shipment, ShipmentLine
from shipping.versions import content_of


@step
def lock_shipment(shipment_id: uuid.UUID, *, expected_version: int | None = None) -> Shipment:
    """The shipment under its order's lock, with its order and lines.

    Which order it belongs to never changes, so that much is read first, without a lock. The shipment's own row lock
    is taken by saving it: after the stock rows, which some actions lock in between. Raises NotFound, StaleVersion.
    """
    order_id = Shipment.objects.filter(pk=shipment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound("There is no such shipment.")
    order = orders.actions.lock_order(order_id)
    shipment = Shipment.objects.prefetch_related("lines").get(pk=shipment_id)
    shipment.order = order
    if expected_version is not None and expected_version != shipment.version:
        raise StaleVersion(expected=expected_version, actual=shipment.version)
    return shipment


@step
def save(shipment: Shipment, event: ShipmentEvent, *, actor: Actor, reason: str = "") -> None:
    """Write the shipment under its next version, and the event into its order's timeline.

    `reason` is what somebody wrote about it, if it is kept nowhere else.
    """
    record(event, subject=shipment.order, also=shipment, actor=actor)
    shipment.save()
    keep_version(content_of(shipment, shipment.lines.all(), reason=reason), subject=shipment.order, part=shipment)


def allocations_of(shipment: Shipment) -> list[Allocation]:
    """The shipment's units by variant and location, as inventory's actions take them."""
    variants = {line.pk: line.variant_id for line in shipment.order.lines.all()}
    return [
        Allocation(line.order_line_id, variants[line.order_line_id], shipment.location_id, line.quantity)
        for line in shipment.lines.all()
    ]


def units_by_line(shipment: Shipment) -> dict[uuid.UUID, int]:
    """The shipment's units by order line."""
    return {line.order_line_id: line.quantity for line in shipment.lines.all()}


def event_lines(lines: Iterable[ShipmentLine]) -> list[dict[str, object]]:
    """The lines as an event's data."""
    return [{"line_id": line.order_line_id, "quantity": line.quantity} for line in lines]
