"""What happened in the book. Amounts are units, prices and totals minor units of the symbol's currency."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent, OwnersEvent


@dataclass(frozen=True)
class InstrumentListed(DomainEvent):
    type: ClassVar[str] = "instrument.listed"
    symbol: str
    currency: str
    sku: str


@dataclass(frozen=True)
class InstrumentChanged(DomainEvent):
    """`changes`: field → [before, after]."""

    type: ClassVar[str] = "instrument.changed"
    symbol: str
    changes: dict[str, list[Any]]


@dataclass(frozen=True)
class BookOrderAdded(OwnersEvent):
    type: ClassVar[str] = "book_order.added"
    symbol: str
    side: str
    amount: int
    price: int


@dataclass(frozen=True)
class BookOrderChanged(OwnersEvent):
    """`changes`: field → [before, after]. `requeued` says whether it went to the end of the queue at its price."""

    type: ClassVar[str] = "book_order.changed"
    changes: dict[str, list[Any]]
    requeued: bool


@dataclass(frozen=True)
class BookOrderFilled(OwnersEvent):
    """A trade took from it. `changes`: amount and status → [before, after]."""

    type: ClassVar[str] = "book_order.filled"
    trade_id: uuid.UUID
    amount: int
    price: int
    changes: dict[str, list[Any]]


@dataclass(frozen=True)
class BookOrderRemoved(OwnersEvent):
    """`changes`: status → [before, after]; `amount` is what left the book with it."""

    type: ClassVar[str] = "book_order.removed"
    amount: int
    changes: dict[str, list[Any]]


@dataclass(frozen=True)
class TradePlaced(OwnersEvent):
    """`fills`: one {order_id, amount, price} each, in the order in which they were taken."""

    type: ClassVar[str] = "trade.placed"
    trade_id: uuid.UUID
    symbol: str
    side: str
    amount: int
    total: int
    currency: str
    order_id: uuid.UUID | None
    fills: list[dict[str, Any]]
