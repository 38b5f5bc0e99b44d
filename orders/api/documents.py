"""Orders and what belongs to them as JSON values."""

from __future__ import annotations

from typing import Any

from core.models import Event
from orders.models import Hold, Order, OrderLine, OrderNote, Payment

_ORDER_FIELDS = (
    "id", "number", "external_ref", "email", "currency",
    "status", "payment_status", "fulfilment_status", "return_status", "payment_terms",
    "subtotal", "discount", "tax", "shipping", "total", "captured", "refunded", "due",
    "shipping_address", "billing_address", "shipping_method", "metadata", "tags",
    "cancel_reason", "reserved_until", "created_at", "updated_at", "placed_at", "released_at", "shipped_at",
    "delivered_at", "completed_at", "cancelled_at", "version",
)  # fmt: skip
_LINE_FIELDS = (
    "id", "position", "sku", "name", "unit_price", "discount", "tax", "total",
    "quantity", "cancelled", "reserved", "shipped", "delivered", "returned",
)  # fmt: skip


def order_document(order: Order, *, lines: bool = True) -> dict[str, Any]:
    document = {name: getattr(order, name) for name in _ORDER_FIELDS}
    document["customer"] = order.customer_id
    document["client"] = order.client_id
    if lines:
        document["lines"] = [line_document(line) for line in order.lines.all()]
    return document


def line_document(line: OrderLine) -> dict[str, Any]:
    return {"variant": line.variant_id, **{name: getattr(line, name) for name in _LINE_FIELDS}}


def hold_document(hold: Hold) -> dict[str, Any]:
    fields = ("id", "reason", "note", "owner", "placed_at", "expires_at", "lifted_at", "lifted_by")
    return {name: getattr(hold, name) for name in fields}


def note_document(note: OrderNote) -> dict[str, Any]:
    return {"id": note.pk, "body": note.body, "author": note.author, "created_at": note.created_at}


def payment_document(payment: Payment, currency: str) -> dict[str, Any]:
    fields = (
        "id", "method", "status", "amount", "authorised", "captured", "refunded", "reference", "created_at",
        "captured_at",
    )  # fmt: skip
    return {**{name: getattr(payment, name) for name in fields}, "currency": currency}


def event_document(event: Event) -> dict[str, Any]:
    """CloudEvents 1.0."""
    return event.envelope().as_cloudevent()
