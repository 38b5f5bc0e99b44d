"""What happened in a book, in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core.console.timeline import Details, register_details, register_words
from core.models import Event
from core.money import format_money
from trading.models import Trade


def money(minor: int, known: dict[str, Any]) -> str:
    """With its currency where the page knows it."""
    return format_money(minor, known["currency"]) if "currency" in known else f"{minor:,} minor units"


def _listed(data: dict[str, Any]) -> str:
    sku = f", for SKU {data['sku']}" if data["sku"] else ""
    return f"Listed in {data['currency']}{sku}"


def _instrument_changed(data: dict[str, Any]) -> str:
    names = {"sku": "SKU", "currency": "currency"}
    changes = [
        f"{names[name]} {before or 'none'} → {after or 'none'}" for name, (before, after) in data["changes"].items()
    ]
    return f"Changed: {', '.join(changes)}"


def _traded(data: dict[str, Any]) -> str:
    fills = f"{len(data['fills'])} {'fill' if len(data['fills']) == 1 else 'fills'}"
    settled = ", settled as an order" if data["order_id"] else ""
    total = money(data["total"], data)
    trade = f"Trade {data['client_ref']}" if data.get("client_ref") else "Trade"
    return f"{trade}: {data['side']} {data['amount']:,} for {total}, {fills}{settled}"


def _added(data: dict[str, Any]) -> str:
    source = f", from {data['source']}" if data.get("source") else ""
    return f"Added: {data['side']} {data['amount']:,} at {money(data['price'], data)}{source}"


def _order_changed(data: dict[str, Any]) -> str:
    changes = []
    if "amount" in data["changes"]:
        before, after = data["changes"]["amount"]
        changes.append(f"amount {before:,} → {after:,}")
    if "price" in data["changes"]:
        before, after = data["changes"]["price"]
        changes.append(f"price {money(before, data)} → {money(after, data)}")
    place = "to the end of the queue" if data["requeued"] else "its place kept"
    return f"Changed: {', '.join(changes)}; {place}"


def _filled(data: dict[str, Any]) -> str:
    before, after = data["changes"]["amount"]
    return f"A trade took {data['amount']:,} at {money(data['price'], data)}: {before:,} → {after:,} left"


def _references_of_trades(events: Sequence[Event]) -> Details:
    references = dict(Trade.objects.filter(pk__in=[e.data["trade_id"] for e in events]).values_list("pk", "client_ref"))
    return {event.pk: {"client_ref": references.get(uuid.UUID(event.data["trade_id"]), "")} for event in events}


def register() -> None:
    register_details("trade.placed", _references_of_trades)
    register_words(
        {
            "instrument.listed": _listed,
            "instrument.changed": _instrument_changed,
            "trade.placed": _traded,
            "book_order.added": _added,
            "book_order.changed": _order_changed,
            "book_order.filled": _filled,
            "book_order.removed": lambda data: f"Removed with {data['amount']:,} left",
        }
    )
