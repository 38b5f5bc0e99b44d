"""What happened to the money of an order. Amounts are minor units of its currency."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class MoneyMoved(DomainEvent):
    """`money`: what it moved, by kind of ledger entry; a negative amount takes back an entry made before.

    The entries of its version say the same.
    """

    money: dict[str, int]


@dataclass(frozen=True)
class PaymentCaptured(MoneyMoved):
    type: ClassVar[str] = "payment.captured"
    payment_id: uuid.UUID
    method: str
    amount: int


@dataclass(frozen=True)
class PaymentRefunded(MoneyMoved):
    type: ClassVar[str] = "payment.refunded"
    payment_id: uuid.UUID
    amount: int


@dataclass(frozen=True)
class BalanceWrittenOff(MoneyMoved):
    type: ClassVar[str] = "payment.written_off"
    amount: int
