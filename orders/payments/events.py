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
    """`to` is `gift_card` or `store_credit` where that got it, `stored_value_id` which; else it is empty. `refund_id`:
    the refund that it is part of, if it is.
    """

    type: ClassVar[str] = "payment.refunded"
    payment_id: uuid.UUID
    amount: int
    to: str = ""
    stored_value_id: uuid.UUID | None = None
    refund_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentRequested(DomainEvent):
    """Something is asked of the payment's gateway: `kind` is `authorise`, `capture`, `void` or `refund`."""

    type: ClassVar[str] = "payment.requested"
    payment_id: uuid.UUID
    attempt_id: uuid.UUID
    kind: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class PaymentActionNeeded(DomainEvent):
    """The payer must act at the address that the attempt has."""

    type: ClassVar[str] = "payment.action_needed"
    payment_id: uuid.UUID
    attempt_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PaymentAuthorised(MoneyMoved):
    """The payer's bank set the money aside; none of it is ours yet."""

    type: ClassVar[str] = "payment.authorised"
    payment_id: uuid.UUID
    attempt_id: uuid.UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class PaymentVoided(MoneyMoved):
    """What was set aside and not captured is the payer's again; `expired` when nobody captured it in time."""

    type: ClassVar[str] = "payment.voided"
    payment_id: uuid.UUID
    attempt_id: uuid.UUID
    amount: int
    expired: bool = False


@dataclass(frozen=True, kw_only=True)
class PaymentDeclined(DomainEvent):
    """The gateway did nothing of it; its word for why is the attempt's `code`."""

    type: ClassVar[str] = "payment.declined"
    payment_id: uuid.UUID
    attempt_id: uuid.UUID
    kind: str


@dataclass(frozen=True)
class BalanceWrittenOff(MoneyMoved):
    type: ClassVar[str] = "payment.written_off"
    amount: int
