"""What happened to an order. Amounts are minor units of the order's currency."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent
from orders.payments.events import BalanceWrittenOff, MoneyMoved, PaymentCaptured, PaymentRefunded
from orders.refunds.events import RefundApproved, RefundFailed, RefundRejected, RefundRequested, RefundSucceeded

__all__ = [
    "BackordersFilled",
    "BalanceWrittenOff",
    "HoldLifted",
    "MoneyMoved",
    "NoteAdded",
    "OrderCancelled",
    "OrderCompleted",
    "OrderCreated",
    "OrderDelivered",
    "OrderHeld",
    "OrderPlaced",
    "OrderReleased",
    "OrderRemoved",
    "OrderReopened",
    "OrderShipped",
    "OrderUpdated",
    "PaymentCaptured",
    "PaymentRefunded",
    "PromiseChanged",
    "RefundApproved",
    "RefundFailed",
    "RefundRejected",
    "RefundRequested",
    "RefundSucceeded",
    "ReservationExpired",
    "ReservationRenewed",
]


@dataclass(frozen=True)
class OrderCreated(MoneyMoved):
    """`lines`: one {sku, quantity, total} each."""

    type: ClassVar[str] = "order.created"
    status: str
    currency: str
    total: int
    customer_id: uuid.UUID | None
    lines: list[dict[str, Any]]


@dataclass(frozen=True)
class OrderPlaced(MoneyMoved):
    """A draft became a placed order; its total is charged."""

    type: ClassVar[str] = "order.placed"


@dataclass(frozen=True)
class OrderUpdated(DomainEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "order.updated"
    changed: list[str]


@dataclass(frozen=True)
class OrderReleased(DomainEvent):
    """`waiting`: how many units wait for stock and follow later; 0 unless it was released in part."""

    type: ClassVar[str] = "order.released"
    waiting: int


@dataclass(frozen=True)
class OrderShipped(DomainEvent):
    type: ClassVar[str] = "order.shipped"


@dataclass(frozen=True)
class OrderDelivered(DomainEvent):
    type: ClassVar[str] = "order.delivered"


@dataclass(frozen=True)
class OrderCompleted(DomainEvent):
    type: ClassVar[str] = "order.completed"


@dataclass(frozen=True)
class OrderCancelled(MoneyMoved):
    """What was still charged is credited.

    `was_placed` tells a cancelled order from a draft that the customer never committed to.
    """

    type: ClassVar[str] = "order.canceled"
    was_placed: bool


@dataclass(frozen=True)
class BackordersFilled(DomainEvent):
    """Units that waited are reserved now. `units`: one {line_id, variant_id, quantity} per line; `waiting`: how many
    units of the order wait after that."""

    type: ClassVar[str] = "order.backorder_filled"
    units: list[dict[str, Any]]
    waiting: int


@dataclass(frozen=True)
class PromiseChanged(DomainEvent):
    """Units of a line that wait are promised for another day than before; `was` is None where none had been told."""

    type: ClassVar[str] = "order.promise_changed"
    line_id: uuid.UUID
    variant_id: uuid.UUID
    was: dt.date | None
    promised_on: dt.date


@dataclass(frozen=True)
class OrderReopened(MoneyMoved):
    """What the cancellation credited is charged again: that entry is taken back. A draft's total is charged."""

    type: ClassVar[str] = "order.reopened"


@dataclass(frozen=True)
class OrderRemoved(DomainEvent):
    type: ClassVar[str] = "order.deleted"


@dataclass(frozen=True)
class ReservationExpired(DomainEvent):
    """A draft waited too long; its stock is for others again."""

    type: ClassVar[str] = "order.reservation_expired"


@dataclass(frozen=True)
class ReservationRenewed(DomainEvent):
    """A draft keeps its stock for longer."""

    type: ClassVar[str] = "order.reservation_renewed"
    reserved_until: dt.datetime


@dataclass(frozen=True)
class OrderHeld(DomainEvent):
    """`reason`: one of HoldReason; what was written beside it is the hold's own."""

    type: ClassVar[str] = "order.held"
    hold_id: uuid.UUID
    reason: str


@dataclass(frozen=True)
class HoldLifted(DomainEvent):
    type: ClassVar[str] = "order.hold_lifted"
    hold_id: uuid.UUID
    reason: str
    expired: bool


@dataclass(frozen=True)
class NoteAdded(DomainEvent):
    type: ClassVar[str] = "order.note_added"
    note_id: uuid.UUID
