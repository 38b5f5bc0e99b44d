"""What happened to refunds. Amounts are minor units of the order's currency."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent
from orders.payments.events import MoneyMoved


@dataclass(frozen=True, kw_only=True)
class RefundRequested(DomainEvent):
    """It waits for a second person. `credited` and `amount` are what it would come to now."""

    type: ClassVar[str] = "refund.requested"
    refund_id: uuid.UUID
    credited: int
    amount: int


@dataclass(frozen=True, kw_only=True)
class RefundApproved(MoneyMoved):
    """What the customer need not pay is credited; `amount` goes back, as `payment.refunded` of each payment tells."""

    type: ClassVar[str] = "refund.approved"
    refund_id: uuid.UUID
    credited: int
    amount: int


@dataclass(frozen=True, kw_only=True)
class RefundSucceeded(DomainEvent):
    """All of its money went back."""

    type: ClassVar[str] = "refund.succeeded"
    refund_id: uuid.UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class RefundFailed(DomainEvent):
    """A gateway declined to give all of its money back; `amount` of it went back. What was credited stays so, and what
    is overpaid may be given back in another way.
    """

    type: ClassVar[str] = "refund.failed"
    refund_id: uuid.UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class RefundRejected(DomainEvent):
    type: ClassVar[str] = "refund.rejected"
    refund_id: uuid.UUID
