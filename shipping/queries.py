"""What the console and the API ask of shipping."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Sum

import orders.queries
from core.errors import NotFound
from core.versions import document_as_of
from shipping.events import ShipmentReturned
from shipping.models import Shipment, ShipmentLine, ShipmentQuerySet
from shipping.statuses import ShipmentStatus


def visible_shipments(owner: uuid.UUID | None) -> ShipmentQuerySet:
    """Shipments of orders that are not deleted: one storefront's, or everybody's for None."""
    shipments = Shipment.objects.filter(order__deleted_at=None)
    return shipments if owner is None else shipments.filter(client_id=owner)


def find_shipment(shipment_id: uuid.UUID, owner: uuid.UUID | None = None) -> Shipment:
    """The shipment with its contents and its order. Raises NotFound alike for a missing and another storefront's."""
    shipment = visible_shipments(owner).with_contents().filter(pk=shipment_id).first()
    if shipment is None:
        raise NotFound("There is no such shipment.")
    return shipment


def require_shipment(shipment_id: uuid.UUID, owner: uuid.UUID | None) -> None:
    """Raises NotFound as find_shipment does."""
    if not visible_shipments(owner).filter(pk=shipment_id).exists():
        raise NotFound("There is no such shipment.")


def shipments_of(order_id: uuid.UUID) -> list[Shipment]:
    """The shipments of one order with their contents and it, the first opened first."""
    return list(Shipment.objects.filter(order_id=order_id).with_contents().order_by("sequence"))


def shipments_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Shipment]]:
    """The shipments of many orders in as many statements as of one. An order without shipments is left out."""
    found: defaultdict[uuid.UUID, list[Shipment]] = defaultdict(list)
    shipments = Shipment.objects.filter(order_id__in=order_ids).with_contents().order_by("order_id", "sequence")
    for shipment in shipments:
        found[shipment.order_id].append(shipment)
    return dict(found)


def reason_of(shipment: Shipment) -> str:
    """Why it was cancelled, which its last document alone holds; empty once that is redacted."""
    last = document_as_of(Shipment.subject_type, shipment.pk, shipment.order.version)
    return (last.document.get("reason") if last else "") or ""


def was_restocked(shipment: Shipment) -> bool | None:
    """Whether its units went back to stock when it was returned, which the event alone tells; None before that."""
    told = orders.queries.events_of(shipment.order_id).filter(type=ShipmentReturned.type)
    return told.filter(data__shipment_id=str(shipment.pk)).values_list("data__restocked", flat=True).first()


def packed_units(order_ids: Collection[uuid.UUID]) -> dict[tuple[uuid.UUID, uuid.UUID], int]:
    """(order line, location) → units of these orders in packed shipments."""
    lines = ShipmentLine.objects.filter(shipment__order_id__in=order_ids, shipment__status=ShipmentStatus.PACKED)
    rows = lines.order_by().values_list("order_line_id", "shipment__location_id").annotate(units=Sum("quantity"))
    return {(line_id, location_id): units for line_id, location_id, units in rows}
