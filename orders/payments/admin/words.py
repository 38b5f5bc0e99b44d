"""What happened to an order's money, in plain words."""

from __future__ import annotations

from typing import Any

from core.console.timeline import register_words
from core.money import format_money
from orders.payments.statuses import PaymentMethod


def _money(data: dict[str, Any]) -> str:
    """With its currency where the page knows it."""
    if "currency" not in data:
        return f"{data['amount']:,} minor units"
    return format_money(data["amount"], data["currency"])


def _refunded(data: dict[str, Any]) -> str:
    """Where it went, if that was a gift card or store credit."""
    to = {"": "", "gift_card": " to the gift card", "store_credit": " as store credit"}[data.get("to", "")]
    return f"Refunded {_money(data)}{to}"


def _voided(data: dict[str, Any]) -> str:
    return f"The authorisation of {_money(data)} ran out" if data.get("expired") else f"Voided {_money(data)}"


def register() -> None:
    register_words(
        {
            "payment.requested": lambda data: f"Asked the gateway to {data['kind']} {_money(data)}",
            "payment.action_needed": lambda _: "The payer must act before the card is charged",
            "payment.authorised": lambda data: f"Authorised {_money(data)}",
            "payment.voided": _voided,
            "payment.declined": lambda data: f"The gateway declined to {data['kind']}",
            "payment.captured": lambda data: f"Paid {_money(data)} by {PaymentMethod(data['method']).label.lower()}",
            "payment.refunded": _refunded,
            "payment.written_off": lambda data: f"Wrote off {_money(data)}",
        }
    )
