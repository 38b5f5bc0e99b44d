"""What a shipment's version documents say, at the versions of its order, whose timeline tells of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shipping.models import Shipment, ShipmentLine

PERSONAL = ("tracking_number", "sent_to", "notes", "failure_reason", "reason")
"""What leads to the recipient, or was typed about them: to be redacted when they are forgotten."""

_SHIPMENT = (
    "sequence", "location_id", "carrier", "tracking_number", "estimated_delivery", "sent_to", "notes", "failure_reason",
)  # fmt: skip


def content_of(shipment: Shipment, lines: Iterable[ShipmentLine], *, reason: str = "") -> dict[str, Any]:
    """`reason` is why it was cancelled, which no column holds."""
    content = {name: getattr(shipment, name) for name in _SHIPMENT}
    units = [{"order_line_id": line.order_line_id, "quantity": line.quantity} for line in lines if line.pk is not None]
    return {**content, "reason": reason, "lines": units}
