"""What a payment gateway must do: docs/how-to/add-a-gateway.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from django.db import models


class Outcome(models.TextChoices):
    SUCCEEDED = "succeeded", "Succeeded"
    DECLINED = "declined", "Declined"
    NEEDS_ACTION = "needs_action", "The payer must act"


class GatewayUnavailable(Exception):
    """It isn't known what became of the call: nobody answered in time, or the gateway failed. It is sent again."""


class GatewayRefused(Exception):
    """The gateway doesn't take the call as it is, and never will: a mistake of ours or of its settings."""


class NoticeRefused(Exception):
    """A notice whose signature is missing, wrong or too old, or that can't be read."""


@dataclass(frozen=True)
class Call:
    """One thing asked of a gateway. The same call, sent again, has the same `key`, by which it is done once.

    `kind` is `authorise`, `capture`, `void` or `refund`; `amount` minor units of `currency`. `reference` is what the
    gateway called the authorisation that it is of, `token` the token of the card that is authorised.
    """

    key: str
    kind: str
    amount: int
    currency: str
    order_id: str
    reference: str = ""
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of a call. `code` says why it was declined, `action_url` where the payer must act, `expires_at` until
    when an authorisation can be captured, if the gateway says so."""

    outcome: Outcome
    reference: str = ""
    code: str = ""
    action_url: str = ""
    expires_at: dt.datetime | None = None


@dataclass(frozen=True)
class Notice:
    """What a gateway tells unasked: what became of the call with this key. It may come twice, late or out of order."""

    key: str
    answer: Answer


@dataclass(frozen=True)
class ReportedCall:
    """One call as the gateway has it: what was asked under `key`, and what became of it, when it came there."""

    key: str
    kind: str
    amount: int
    currency: str
    outcome: Outcome
    at: dt.datetime


@dataclass(frozen=True)
class ReportPage:
    """Some of what a gateway did. `cursor` is that of the page after it; empty: there is none."""

    calls: Sequence[ReportedCall]
    cursor: str = ""


@runtime_checkable
class Reporting(Protocol):
    """What a gateway does as well whose calls are reconciled with ours; one that doesn't charges cards all the same."""

    def list_calls(self, since: dt.datetime, until: dt.datetime, cursor: str = "") -> ReportPage:
        """All calls that came to it from `since` to before `until`, a page at a time. Raises GatewayUnavailable."""


@dataclass(frozen=True)
class PaidCall:
    """What a payout is of: a call by our `key`, or what has none of ours as the gateway calls it. Minor units of the
    payout's currency; what was given back is negative.
    """

    key: str
    amount: int
    fee: int


@dataclass(frozen=True)
class ReportedPayout:
    """What a gateway paid to the bank, or a part of it: one of many calls may come in parts, one after the other.

    `gross` and `fee` are of the calls of this part, `net` is what the bank got in all; minor units. A call that is
    named several times is of the sum.
    """

    reference: str
    paid_on: dt.date
    currency: str
    gross: int
    fee: int
    net: int
    calls: Sequence[PaidCall]


@dataclass(frozen=True)
class PayoutPage:
    """Some of what a gateway paid out. `cursor` is that of the page after it; empty: there is none."""

    payouts: Sequence[ReportedPayout]
    cursor: str = ""


@runtime_checkable
class PayingOut(Protocol):
    """What a gateway does as well whose payouts are fetched; those of another are brought in as files."""

    def list_payouts(self, since: dt.date, until: dt.date, cursor: str = "") -> PayoutPage:
        """All that the bank got from the day `since` to before the day `until`, a page at a time.

        Raises GatewayUnavailable.
        """


class Gateway(Protocol):
    """Adapters hold no state but their connections: one serves a process, from several threads."""

    def send(self, call: Call) -> Answer:
        """Do it once, however often it is sent. Raises GatewayUnavailable, GatewayRefused."""

    def find(self, call: Call) -> Answer | None:
        """What became of it; None when it never arrived. Raises GatewayUnavailable."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a notice says, by its signature; None when it is of something else. Raises NoticeRefused."""
