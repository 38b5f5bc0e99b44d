"""Shipments as JSON values."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from shipping.models import Shipment
from shipping.queries import shipments_of_orders


def shipment_document(shipment: Shipment) -> dict[str, Any]:
    """`shipment` comes with_contents()."""
    return {
        "id": shipment.pk,
        "version": shipment.version,
        "order_id": shipment.order_id,
        "sequence": shipment.sequence,
        "status": shipment.status,
        "location_id": shipment.location_id,
        "location_code": shipment.location.code,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "estimated_delivery": shipment.estimated_delivery,
        "address": shipment.address,
        "notes": shipment.notes,
        "failure_reason": shipment.failure_reason,
        "lines": [
            {
                "line_id": line.order_line_id,
                "sku": line.order_line.sku,
                "name": line.order_line.name,
                "quantity": line.quantity,
            }
            for line in shipment.lines.all()
        ],
        "created_at": shipment.created_at,
        "packed_at": shipment.packed_at,
        "dispatched_at": shipment.dispatched_at,
        "delivered_at": shipment.delivered_at,
        "closed_at": shipment.closed_at,
    }


def shipments_by_order(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What `?expand=shipments` adds to orders."""
    return {
        order_id: [shipment_document(shipment) for shipment in found]
        for order_id, found in shipments_of_orders(order_ids).items()
    }
