"""Which colour repeats what a status says."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from core.console import badge
from core.console.parts import Tone
from orders.models import Hold, Order, OrderLine

STATUS: dict[str, Tone] = {
    "draft": "neutral", "placed": "info", "processing": "warn", "shipped": "info", "delivered": "good",
    "completed": "good", "cancelled": "bad",
}  # fmt: skip
PAYMENT: dict[str, Tone] = {
    "unpaid": "warn", "part_paid": "warn", "paid": "good", "overpaid": "bad", "part_refunded": "info",
    "refunded": "neutral", "nothing_due": "neutral",
}  # fmt: skip
FULFILMENT: dict[str, Tone] = {
    "unfulfilled": "neutral", "part_shipped": "warn", "shipped": "info", "part_delivered": "info",
    "delivered": "good", "undelivered": "bad", "nothing_to_ship": "neutral",
}  # fmt: skip
RETURN: dict[str, Tone] = {"none": "neutral", "part_returned": "warn", "returned": "bad"}


def status_badge(order: Order) -> SafeString:
    return badge(order.get_status_display(), STATUS[order.status])


def payment_badge(order: Order) -> SafeString:
    return badge(order.get_payment_status_display(), PAYMENT[order.payment_status])


def fulfilment_badge(order: Order) -> SafeString:
    return badge(order.get_fulfilment_status_display(), FULFILMENT[order.fulfilment_status])


def shown_promise(line: OrderLine) -> SafeString | str:
    """The day that was promised; loud when it is over and units wait still."""
    if line.promised_on is None:
        return ""
    day = date_format(line.promised_on, "j M Y")
    late = line.backordered and line.promised_on < timezone.localdate()
    return badge(f"{day}, passed", "bad") if late else day


def return_badge(order: Order) -> SafeString:
    return badge(f"Returns: {order.get_return_status_display().lower()}", RETURN[order.return_status])


def hold_badge(hold: Hold, now: Any) -> SafeString:
    if hold.lifted_at is not None:
        return badge("Lifted", "neutral")
    if hold.expires_at is not None and hold.expires_at <= now:
        return badge("Expired", "neutral")
    return badge("Holding", "bad")
