"""What shipments add to the page of an order and to the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from core.console import Panel, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.panels import register_panel
from shipping.admin.parts import status_badge
from shipping.models import Shipment
from shipping.queries import shipments_of
from shipping.statuses import ShipmentStatus


def shipments_panel(request: HttpRequest, order: Any) -> Sequence[Panel]:
    """An order's shipments, on its page."""
    if not request.user.has_perm("shipping.view_shipment"):
        return ()
    rows = [
        (
            link_to("shipping.shipment", shipment.pk, shipment), status_badge(shipment), shipment.location.code,
            sum(line.quantity for line in shipment.lines.all()), shipment.carrier, shipment.tracking_number,
            shipment.estimated_delivery, moment(shipment.dispatched_at),
        )
        for shipment in shipments_of(order.pk)
    ]  # fmt: skip
    headers = ("Shipment", "Status", "From", "Units", "Carrier", "Tracking", "Estimated", "Dispatched")
    empty = "None yet: they are opened when the order is released."
    return [Panel("Shipments", headers, rows, numeric={3}, empty=empty, anchor="shipments")]


register_panel("orders.order", shipments_panel)
register_tile(
    Tile(
        "To pack", "Pending shipments, which the warehouse hasn't packed yet.", "shipping.shipment",
        lambda: Shipment.objects.filter(status=ShipmentStatus.PENDING), {"status__exact": "pending"}, position=30,
    )
)  # fmt: skip
register_tile(
    Tile(
        "Packed", "They wait for the carrier, or for a hold of their order to be lifted.", "shipping.shipment",
        lambda: Shipment.objects.filter(status=ShipmentStatus.PACKED), {"status__exact": "packed"}, position=31,
    )
)  # fmt: skip
register_tile(
    Tile(
        "Delivery failed", "The carrier may try again or return them.", "shipping.shipment",
        lambda: Shipment.objects.filter(status=ShipmentStatus.FAILED), {"status__exact": "failed"}, position=40,
    )
)  # fmt: skip
