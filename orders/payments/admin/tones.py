"""Which colour repeats what a payment's status says."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.console import badge
from core.console.parts import Tone
from orders.payments.models import Payment, PaymentAttempt, PaymentNotice

PAYMENT_STATE: dict[str, Tone] = {
    "pending": "warn", "authorised": "info", "captured": "good", "failed": "bad", "voided": "neutral",
    "expired": "bad",
}  # fmt: skip


ATTEMPT_STATE: dict[str, Tone] = {
    "requested": "warn", "needs_action": "warn", "succeeded": "good", "declined": "bad",
}  # fmt: skip


def attempt_state_badge(attempt: PaymentAttempt) -> SafeString:
    return badge(attempt.get_status_display(), ATTEMPT_STATE[attempt.status])


def outcome_badge(notice: PaymentNotice) -> SafeString:
    return badge(notice.get_outcome_display(), ATTEMPT_STATE[notice.outcome])


def payment_state_badge(payment: Payment) -> SafeString:
    return badge(payment.get_status_display(), PAYMENT_STATE[payment.status])
