"""What happened to the catalogue and to stock, in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core.console.timeline import Details, register_details, register_words
from core.models import Event
from inventory.models import StockMovement


def _changed(data: dict[str, Any]) -> str:
    return f"Changed: {', '.join(data['changed']).replace('_', ' ')}"


def _moved(verb: str) -> Any:
    def say(data: dict[str, Any]) -> str:
        note = f" ({data['note']})" if data.get("note") else ""
        left = f"{data['on_hand']} on hand, {data['reserved']} reserved"
        return f"{verb} {data['change']:+d} at {data['location_code']}{note}: {left}"

    return say


def _transferred(data: dict[str, Any]) -> str:
    note = f" ({data['note']})" if data.get("note") else ""
    return f"Transferred {data['quantity']} from {data['from_location_code']} to {data['to_location_code']}{note}"


def _notes_of_movements(events: Sequence[Event]) -> Details:
    first = {event.pk: uuid.UUID(event.data["movements"][0]) for event in events}
    notes = dict(StockMovement.objects.filter(pk__in=first.values()).order_by().values_list("pk", "note"))
    return {event_id: {"note": notes.get(move_id, "")} for event_id, move_id in first.items()}


def register() -> None:
    for moved in ("inventory.received", "inventory.adjusted", "inventory.scrapped", "inventory.transferred"):
        register_details(moved, _notes_of_movements)
    register_words(
        {
            "product.created": lambda _: "Created",
            "product.updated": _changed,
            "variant.created": lambda _: "Created",
            "variant.updated": _changed,
            "location.created": lambda _: "Created",
            "location.updated": _changed,
            "inventory.received": _moved("Received"),
            "inventory.adjusted": _moved("Adjusted"),
            "inventory.scrapped": _moved("Scrapped"),
            "inventory.transferred": _transferred,
        }
    )
