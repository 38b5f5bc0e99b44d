"""Payouts before they are stored, and what they are in the books. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from books.queries import Account, Line
from orders.payments.booking import cash_at


@dataclass(frozen=True)
class NewLine:
    """One call of a payout, by our key of it, in minor units; what was given back is negative. `line` is the file's."""

    key: uuid.UUID
    amount: int
    fee: int
    line: int


@dataclass(frozen=True)
class NewPayout:
    """Minor units. `line` is where it begins in the file."""

    reference: str
    paid_on: dt.date
    currency: str
    gross: int
    fee: int
    net: int
    lines: Sequence[NewLine]
    line: int

    @property
    def figures(self) -> tuple[dt.date, str, int, int, int]:
        return self.paid_on, self.currency, self.gross, self.fee, self.net


def booked_as(gateway: str, *, gross: int, fee: int, net: int) -> list[Line]:
    """To the bank what came, to fees what the gateway kept, both from the cash at the gateway."""
    account, detail = cash_at(gateway)
    return [
        Line(Account.BANK.value, net),
        Line(Account.FEES.value, fee, gateway),
        Line(account, -gross, detail),
    ]
