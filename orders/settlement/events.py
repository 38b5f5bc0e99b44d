"""What happened between gateways and the books. Amounts are minor units of the currency beside them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import InternalEvent


@dataclass(frozen=True)
class DifferenceFound(InternalEvent):
    """`attempt_id`: the attempt that it is of; None for a call that isn't known here."""

    type: ClassVar[str] = "payment_difference.found"
    gateway: str
    kind: str
    attempt_id: uuid.UUID | None


@dataclass(frozen=True)
class DifferenceAccepted(InternalEvent):
    """`amount` was posted to the cash at the gateway; negative, from it."""

    type: ClassVar[str] = "payment_difference.accepted"
    amount: int
    currency: str


@dataclass(frozen=True)
class DifferenceDismissed(InternalEvent):
    type: ClassVar[str] = "payment_difference.dismissed"


@dataclass(frozen=True)
class PayoutImported(InternalEvent):
    type: ClassVar[str] = "payout.imported"
    gateway: str
    currency: str
    gross: int
    fee: int
    net: int
    lines: int
