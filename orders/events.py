"""What happened to an order. Amounts are minor units of the order's currency."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class OrderCreated(DomainEvent):
    """`lines`: one {sku, quantity, total} each."""

    type: ClassVar[str] = "order.created"
    status: str
    currency: str
    total: int
    external_ref: str | None
    customer: uuid.UUID | None
    lines: list[dict[str, Any]]


@dataclass(frozen=True)
class OrderPlaced(DomainEvent):
    """A draft became a placed order."""

    type: ClassVar[str] = "order.placed"


@dataclass(frozen=True)
class OrderUpdated(DomainEvent):
    """`changes`: field → [before, after]."""

    type: ClassVar[str] = "order.updated"
    changes: dict[str, list[Any]]


@dataclass(frozen=True)
class OrderReleased(DomainEvent):
    type: ClassVar[str] = "order.released"


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
class OrderCancelled(DomainEvent):
    """`was_placed` tells a cancelled order from a draft that the customer never committed to."""

    type: ClassVar[str] = "order.canceled"
    reason: str
    was_placed: bool


@dataclass(frozen=True)
class BackordersFilled(DomainEvent):
    """Units that waited are reserved now. `units`: one {line, variant, quantity} per line."""

    type: ClassVar[str] = "order.backorder_filled"
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class OrderReopened(DomainEvent):
    type: ClassVar[str] = "order.reopened"


@dataclass(frozen=True)
class OrderRemoved(DomainEvent):
    type: ClassVar[str] = "order.deleted"


@dataclass(frozen=True)
class ReservationExpired(DomainEvent):
    """A draft waited too long; its stock is for others again."""

    type: ClassVar[str] = "order.reservation_expired"


@dataclass(frozen=True)
class OrderHeld(DomainEvent):
    type: ClassVar[str] = "order.held"
    hold: uuid.UUID
    reason: str
    note: str


@dataclass(frozen=True)
class HoldLifted(DomainEvent):
    type: ClassVar[str] = "order.hold_lifted"
    hold: uuid.UUID
    reason: str
    expired: bool


@dataclass(frozen=True)
class NoteAdded(DomainEvent):
    type: ClassVar[str] = "order.note_added"
    note: uuid.UUID


@dataclass(frozen=True)
class PaymentCaptured(DomainEvent):
    type: ClassVar[str] = "payment.captured"
    payment: uuid.UUID
    method: str
    amount: int


@dataclass(frozen=True)
class PaymentRefunded(DomainEvent):
    type: ClassVar[str] = "payment.refunded"
    payment: uuid.UUID
    amount: int


@dataclass(frozen=True)
class BalanceWrittenOff(DomainEvent):
    type: ClassVar[str] = "payment.written_off"
    amount: int
