"""Refunds as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orders.refunds.crediting import Worked
from orders.refunds.models import Refund


def refund_document(refund: Refund) -> dict[str, Any]:
    fields = (
        "id", "status", "reason", "note", "to", "gift_card_id", "credited", "amount", "above_limit", "created_at",
        "decided_at", "rejection",
    )  # fmt: skip
    return {
        **{name: getattr(refund, name) for name in fields},
        "currency": refund.order.currency,
        "lines": [
            {
                "kind": line.kind, "line_id": line.line_id, "delivery_id": line.delivery_id,
                "quantity": line.quantity, "amount": line.amount,
            }
            for line in refund.lines.all()
        ],
        "parts": [{"payment_id": part.payment_id, "amount": part.amount} for part in refund.parts.all()],
        "actor": asdict(refund.actor),
        "decided_by": asdict(refund.decided_by) if refund.decided_by else None,
    }  # fmt: skip


def preview_document(worked: Worked, currency: str) -> dict[str, Any]:
    return {
        "credited": worked.credited,
        "amount": worked.amount,
        "currency": currency,
        "lines": [
            {
                "kind": each.kind, "line_id": each.line.pk if each.line else None,
                "delivery_id": each.delivery.pk if each.delivery else None, "quantity": each.quantity,
                "amount": each.amount,
            }
            for each in worked.credits
        ],
        "parts": [{"payment_id": payment.pk, "amount": amount} for payment, amount in worked.parts],
    }  # fmt: skip
