"""The errors that orders' actions raise."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from core.errors import DomainError
from orders.payments.errors import PaymentBusy, PaymentRefused, PaymentTooLarge, RefundTooLarge
from orders.pricing.errors import QuoteChanged
from orders.refunds.errors import CreditTooLarge, NothingToRefund, SecondPersonNeeded

if TYPE_CHECKING:
    from orders.models import Hold

__all__ = [
    "CreditTooLarge",
    "DuplicateReference",
    "HoldExists",
    "NothingToRefund",
    "PaymentBusy",
    "PaymentRefused",
    "PaymentTooLarge",
    "QuoteChanged",
    "RefundTooLarge",
    "SecondPersonNeeded",
]


class DuplicateReference(DomainError):
    """A client's `external_ref` names one order for ever."""

    code = "duplicate_external_ref"
    title = "Duplicate external reference"

    def __init__(self, external_ref: str, order_id: uuid.UUID | None) -> None:
        super().__init__(
            f"The reference {external_ref!r} already names {f'order {order_id}' if order_id else 'an order'}.",
            unblock="Use that order, or place this one under a reference of its own.",
            order_id=str(order_id) if order_id else None,
        )


class HoldExists(DomainError):
    """An order is held for one reason once."""

    code = "hold_exists"
    title = "Hold exists"

    def __init__(self, hold: Hold) -> None:
        reason = hold.get_reason_display().lower()
        super().__init__(
            f"The order is on hold for this reason already: {reason}, with another note or expiry.",
            unblock="Leave it, or lift that hold first.",
            hold_id=str(hold.pk),
        )
