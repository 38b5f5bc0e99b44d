"""What happened to the catalogue and to stock, in plain words."""

from __future__ import annotations

from typing import Any

from core.console.timeline import register_words


def _changed(data: dict[str, Any]) -> str:
    return f"Changed: {', '.join(data['changed']).replace('_', ' ')}"


def _moved(verb: str) -> Any:
    def say(data: dict[str, Any]) -> str:
        note = f" ({data['note']})" if data["note"] else ""
        left = f"{data['on_hand']} on hand, {data['reserved']} reserved"
        return f"{verb} {data['change']:+d} at {data['location']}{note}: {left}"

    return say


def _transferred(data: dict[str, Any]) -> str:
    note = f" ({data['note']})" if data["note"] else ""
    return f"Transferred {data['quantity']} from {data['from_location']} to {data['to_location']}{note}"


def register() -> None:
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
