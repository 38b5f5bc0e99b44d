"""An order's timeline in plain words."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format

from core.console.timeline import Details, of_versions, register_details, register_words
from core.models import Event
from core.money import format_money
from orders.models import Hold
from orders.statuses import HoldReason


def _created(data: dict[str, Any]) -> str:
    lines = len(data["lines"])
    total = format_money(data["total"], data["currency"])
    return f"Created as {data['status']}: {lines} {'line' if lines == 1 else 'lines'}, {total}"


def _updated(data: dict[str, Any]) -> str:
    return f"Changed: {', '.join(sorted(data['changed'])).replace('_', ' ')}"


def _released(data: dict[str, Any]) -> str:
    waiting = data.get("waiting")
    return f"Released in part: {waiting} wait for stock" if waiting else "Released to the warehouse"


def _promised(data: dict[str, Any]) -> str:
    instead = f" instead of {_day(data['was'])}" if data["was"] else ""
    return f"What waits is promised for {_day(data['promised_on'])}{instead}"


def _day(text: str) -> str:
    return date_format(dt.date.fromisoformat(text), "j M Y")


def _cancelled(data: dict[str, Any]) -> str:
    return f"Cancelled: {data['cancel_reason']}" if data.get("cancel_reason") else "Cancelled"


def _held(data: dict[str, Any]) -> str:
    note = f" ({data['note']})" if data.get("note") else ""
    return f"Put on hold: {HoldReason(data['reason']).label.lower()}{note}"


def _lifted(data: dict[str, Any]) -> str:
    return f"Hold {'expired' if data['expired'] else 'lifted'}: {HoldReason(data['reason']).label.lower()}"


def _units(data: dict[str, Any]) -> str:
    units = sum(unit["quantity"] for unit in data["units"])
    return f"{units} {'unit' if units == 1 else 'units'}"


def _notes_of_holds(events: Sequence[Event]) -> Details:
    notes = dict(Hold.objects.filter(pk__in=[event.data["hold_id"] for event in events]).values_list("pk", "note"))
    return {event.pk: {"note": notes.get(uuid.UUID(event.data["hold_id"]), "")} for event in events}


def _undelivered(data: dict[str, Any]) -> str:
    return f"Came back undelivered: {_units(data)}{', restocked' if data['restocked'] else ''}"


def register() -> None:
    register_details("order.held", _notes_of_holds)
    register_details("order.canceled", of_versions)
    register_words(
        {
            "order.created": _created,
            "order.placed": lambda _: "Placed",
            "order.updated": _updated,
            "order.released": _released,
            "order.promise_changed": _promised,
            "order.shipped": lambda _: "Shipped: the last unit has left",
            "order.delivered": lambda _: "Delivered: the last parcel has arrived",
            "order.completed": lambda _: "Completed",
            "order.canceled": _cancelled,
            "order.reopened": lambda _: "Reopened",
            "order.deleted": lambda _: "Deleted",
            "order.reservation_renewed": lambda _: "Its stock is kept for longer",
            "order.reservation_expired": lambda _: "Reservation expired; its stock is free again",
            "order.held": _held,
            "order.hold_lifted": _lifted,
            "order.note_added": lambda _: "Note added",
            "inventory.reserved": lambda data: f"Stock reserved: {_units(data)}",
            "inventory.released": lambda data: f"Stock released: {_units(data)}",
            "inventory.backordered": lambda data: f"Backordered: {_units(data)} wait for stock",
            "inventory.undelivered": _undelivered,
            "order.backorder_filled": lambda data: f"Stock arrived: {_units(data)} wait no more",
        }
    )
