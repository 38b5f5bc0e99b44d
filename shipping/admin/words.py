"""How the timeline of an order tells of its shipments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.console.timeline import register_words


def _said(text: str) -> Callable[[dict[str, Any]], str]:
    return lambda data: f"Shipment {data['sequence']} {text}"


def _dispatched(data: dict[str, Any]) -> str:
    tracking = f", {data['tracking_number']}" if data["tracking_number"] else ""
    return f"Shipment {data['sequence']} dispatched with {data['company']}{tracking}"


def _reasoned(text: str) -> Callable[[dict[str, Any]], str]:
    def say(data: dict[str, Any]) -> str:
        return f"Shipment {data['sequence']} {text}" + (f": {data['reason']}" if data["reason"] else "")

    return say


register_words(
    {
        "shipment.opened": _said("opened"),
        "shipment.updated": _said("changed"),
        "shipment.packed": _said("packed"),
        "shipment.unpacked": _said("unpacked"),
        "shipment.split": _said("split"),
        "shipment.dispatched": _dispatched,
        "shipment.in_transit": _said("in transit"),
        "shipment.failed": _reasoned("could not be delivered"),
        "shipment.delivered": _said("delivered"),
        "shipment.returned": lambda data: _said("came back")(data) + (", restocked" if data["restocked"] else ""),
        "shipment.canceled": _reasoned("cancelled"),
    }
)
