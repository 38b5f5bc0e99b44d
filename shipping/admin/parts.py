"""What the pages of shipments share."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.console import badge
from core.console.parts import Tone
from shipping.models import Shipment

SHIPPING = "Shipping"
TONES: dict[str, Tone] = {
    "pending": "warn", "packed": "info", "dispatched": "info", "in_transit": "info", "delivered": "good",
    "failed": "bad", "returned": "bad", "cancelled": "neutral",
}  # fmt: skip


def status_badge(shipment: Shipment) -> SafeString:
    return badge(shipment.get_status_display(), TONES[shipment.status])
