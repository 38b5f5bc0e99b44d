"""What happened to refunds, in plain words."""

from __future__ import annotations

from typing import Any

from core.console.timeline import register_words
from core.money import format_money


def _money(data: dict[str, Any], name: str) -> str:
    """With its currency where the page knows it."""
    if "currency" not in data:
        return f"{data[name]:,} minor units"
    return format_money(data[name], data["currency"])


def register() -> None:
    register_words(
        {
            "refund.requested": lambda data: f"Asked to give back {_money(data, 'amount')}",
            "refund.approved": lambda data: f"Approved a refund: {_money(data, 'credited')} credited",
            "refund.succeeded": lambda data: f"Refund given back: {_money(data, 'amount')}",
            "refund.failed": lambda data: f"Refund failed; given back: {_money(data, 'amount')}",
            "refund.rejected": lambda _: "Rejected a refund",
        }
    )
