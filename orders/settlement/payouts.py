"""Payouts before they are stored, and what they are in the books. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from books.queries import Account, Line
from core.text import TextKind, UnfitText, settle
from orders.payments.booking import cash_at

LONGEST_REFERENCE = 100


@dataclass(frozen=True)
class NewLine:
    """One call of a payout, by our key of it, in minor units; what was given back is negative. `place` says where it
    stands: "line 2" of a file, or "payout po_1" of a gateway.
    """

    key: uuid.UUID
    amount: int
    fee: int
    place: str


@dataclass(frozen=True)
class NewPayout:
    """Minor units. `place` says where it comes from: "line 2" of a file, or the name of a gateway."""

    reference: str
    paid_on: dt.date
    currency: str
    gross: int
    fee: int
    net: int
    lines: Sequence[NewLine]
    place: str

    @property
    def figures(self) -> tuple[dt.date, str, int, int, int]:
        return self.paid_on, self.currency, self.gross, self.fee, self.net


def settled_reference(text: str) -> str:
    """As it is kept. Raises ValueError for what can't be."""
    try:
        settled = settle(text, TextKind.IDENTIFIER)
    except UnfitText as error:
        raise ValueError(f"can't be kept: {error.detail.rstrip('.')}") from None
    if not 0 < len(settled) <= LONGEST_REFERENCE:
        raise ValueError(f"has 1 to {LONGEST_REFERENCE} characters")
    return settled


def booked_as(gateway: str, *, gross: int, fee: int, net: int) -> list[Line]:
    """To the bank what came, to fees what the gateway kept, both from the cash at the gateway."""
    account, detail = cash_at(gateway)
    return [
        Line(Account.BANK.value, net),
        Line(Account.FEES.value, fee, gateway),
        Line(account, -gross, detail),
    ]
