"""Payments as JSON values."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from orders.payments.models import Payment
from orders.payments.queries import payments_of


def payment_document(payment: Payment, currency: str) -> dict[str, Any]:
    fields = (
        "id", "method", "status", "amount", "authorised", "captured", "refunded", "reference", "stored_value_id",
        "created_at", "captured_at",
    )  # fmt: skip
    return {**{name: getattr(payment, name) for name in fields}, "currency": currency}


def payments_by_order(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What `?expand=payments` adds to orders."""
    found: defaultdict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for payment in payments_of(order_ids).select_related("order"):
        found[payment.order_id].append(payment_document(payment, payment.order.currency))
    return found
