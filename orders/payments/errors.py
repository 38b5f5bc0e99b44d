"""The errors that payments' actions raise."""

from __future__ import annotations

from core.errors import DomainError


class PaymentRefused(DomainError):
    code = "payment_refused"
    title = "Payment refused"


class PaymentTooLarge(DomainError):
    """More than is due, and nobody said so; or more than an order may keep at all."""

    code = "payment_too_large"
    title = "Payment too large"


class PaymentBusy(DomainError):
    """Something is under way at the payment's gateway."""

    code = "payment_busy"
    title = "Payment busy"


class RefundTooLarge(DomainError):
    code = "refund_too_large"
    title = "Refund too large"
