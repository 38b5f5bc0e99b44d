"""What an order's version documents say: its content, without statuses and counters, which events and ledgers tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orders.models import Order, OrderLine

PERSONAL = (
    "customer_id", "email", "external_ref", "shipping_address", "billing_address", "shipping_method", "metadata",
    "tags", "cancel_reason",
)  # fmt: skip
"""What tells who somebody is, or was typed about them: to be redacted when they are forgotten."""

_ORDER = (
    "currency", "customer_id", "email", "external_ref", "payment_terms",
    "subtotal", "discount", "surcharge", "tax", "tax_included", "shipping", "rounding", "total",
    "shipping_address", "billing_address", "handover", "shipping_method", "metadata", "tags", "cancel_reason",
)  # fmt: skip
_LINE = (
    "id", "position", "variant_id", "sku", "name", "unit_price", "discount", "surcharge", "tax",
    "tax_included", "total", "quantity", "promised_on",
)  # fmt: skip


def content_of(order: Order, lines: Iterable[OrderLine]) -> dict[str, Any]:
    content = {name: getattr(order, name) for name in _ORDER}
    content["lines"] = [{name: getattr(line, name) for name in _LINE} for line in lines]
    return content
