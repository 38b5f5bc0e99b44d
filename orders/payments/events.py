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
    """`stored_value_id`: the gift card or store credit that it was taken from, if it was."""

    type: ClassVar[str] = "payment.captured"
    payment_id: uuid.UUID
    method: str
    amount: int
    stored_value_id: uuid.UUID | None = None


@dataclass(frozen=True)
class PaymentRefunded(MoneyMoved):
    """`to` is `gift_card` or `store_credit` where that got it, `stored_value_id` which; else it is empty."""

    type: ClassVar[str] = "payment.refunded"
    payment_id: uuid.UUID
    amount: int
    to: str = ""
    stored_value_id: uuid.UUID | None = None


@dataclass(frozen=True)
class BalanceWrittenOff(MoneyMoved):
    type: ClassVar[str] = "payment.written_off"
    amount: int
