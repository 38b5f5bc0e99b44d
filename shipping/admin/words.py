"""How the timeline of an order tells of its shipments."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from core.console.timeline import Details, documents_of, register_details, register_words
from core.models import Event
from shipping.models import Shipment


def _said(text: str) -> Callable[[dict[str, Any]], str]:
    return lambda data: f"Shipment {data['sequence']} {text}"


def _dispatched(data: dict[str, Any]) -> str:
    by = f" with {data['carrier']}" if data.get("carrier") else ""
    tracking = f", {data['tracking_number']}" if data.get("tracking_number") else ""
    return f"Shipment {data['sequence']} dispatched{by}{tracking}"


def _reasoned(text: str, field: str) -> Callable[[dict[str, Any]], str]:
    def say(data: dict[str, Any]) -> str:
        return f"Shipment {data['sequence']} {text}" + (f": {data[field]}" if data.get(field) else "")

    return say


def _written_then(events: Sequence[Event]) -> Details:
    """What the shipments said as of these events."""
    return documents_of(
        {event.pk: (Shipment.subject_type, uuid.UUID(event.data["shipment_id"]), event.version) for event in events}
    )


for written in ("shipment.dispatched", "shipment.failed", "shipment.cancelled"):
    register_details(written, _written_then)
register_words(
    {
        "shipment.opened": _said("opened"),
        "shipment.updated": _said("changed"),
        "shipment.packed": _said("packed"),
        "shipment.unpacked": _said("unpacked"),
        "shipment.split": _said("split"),
        "shipment.dispatched": _dispatched,
        "shipment.in_transit": _said("in transit"),
        "shipment.failed": _reasoned("could not be delivered", "failure_reason"),
        "shipment.delivered": _said("delivered"),
        "shipment.returned": lambda data: _said("came back")(data) + (", restocked" if data["restocked"] else ""),
        "shipment.cancelled": _reasoned("cancelled", "reason"),
    }
)
