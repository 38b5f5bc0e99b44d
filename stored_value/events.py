"""What happened to gift cards and store credit. Amounts are minor units; one that was taken away is negative.

An event never has a code, nor what somebody typed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import OwnersEvent


@dataclass(frozen=True, kw_only=True)
class ValueMoved(OwnersEvent):
    """The balance moved by `amount`; the entry of its version says the same. `kind` is what holds the value.

    `order_id` and `payment_id` are what it was redeemed for, or given back from.
    """

    kind: str
    currency: str
    amount: int
    order_id: uuid.UUID | None = None
    payment_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class StoredValueIssued(ValueMoved):
    type: ClassVar[str] = "stored_value.issued"


@dataclass(frozen=True, kw_only=True)
class StoredValueRedeemed(ValueMoved):
    type: ClassVar[str] = "stored_value.redeemed"


@dataclass(frozen=True, kw_only=True)
class StoredValueGivenBack(ValueMoved):
    """`expires_on` is the last day on which it can be spent from now on; None for ever."""

    type: ClassVar[str] = "stored_value.given_back"
    expires_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class StoredValueAdjusted(ValueMoved):
    type: ClassVar[str] = "stored_value.adjusted"


@dataclass(frozen=True, kw_only=True)
class StoredValueExpired(ValueMoved):
    type: ClassVar[str] = "stored_value.expired"


@dataclass(frozen=True)
class StoredValueDisabled(OwnersEvent):
    type: ClassVar[str] = "stored_value.disabled"


@dataclass(frozen=True)
class StoredValueEnabled(OwnersEvent):
    type: ClassVar[str] = "stored_value.enabled"
