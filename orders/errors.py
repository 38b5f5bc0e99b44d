"""The errors that orders' actions raise."""

from __future__ import annotations

import uuid

from core.errors import DomainError
from orders.payments.errors import PaymentRefused, RefundTooLarge

__all__ = ["DuplicateReference", "PaymentRefused", "RefundTooLarge"]


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
