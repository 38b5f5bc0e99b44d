"""Payments as JSON values."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from orders.payments.models import Payment, PaymentAttempt
from orders.payments.queries import payments_of


def payment_document(payment: Payment, currency: str) -> dict[str, Any]:
    fields = (
        "id", "method", "status", "amount", "authorised", "captured", "refunded", "reference", "gateway",
        "stored_value_id", "created_at", "captured_at", "authorised_until",
    )  # fmt: skip
    return {**{name: getattr(payment, name) for name in fields}, "currency": currency}


def attempt_document(attempt: PaymentAttempt, currency: str) -> dict[str, Any]:
    """Without the card's token."""
    fields = (
        "id", "payment_id", "kind", "status", "amount", "then_capture", "refund_id", "reference", "code", "action_url",
        "created_at", "settled_at",
    )  # fmt: skip
    told = {name: getattr(attempt, name) for name in fields}
    return {**told, "currency": currency, "actor": asdict(attempt.actor)}


def payments_by_order(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What `?expand=payments` adds to orders."""
    found: defaultdict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for payment in payments_of(order_ids).select_related("order"):
        found[payment.order_id].append(payment_document(payment, payment.order.currency))
    return found
