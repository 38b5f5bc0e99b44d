"""The errors that payments' actions raise."""

from __future__ import annotations

from core.errors import DomainError


class PaymentRefused(DomainError):
    code = "payment_refused"
    title = "Payment refused"


class RefundTooLarge(DomainError):
    code = "refund_too_large"
    title = "Refund too large"
