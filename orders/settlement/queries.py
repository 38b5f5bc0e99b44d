"""What is recorded of gateways' reports, and the self-check of what was posted for them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from books.queries import Account, Line, PostingKind, moved, posted_for, summed
from orders.payments.booking import cash_at
from orders.payments.models import PaymentAttempt
from orders.settlement.models import PaymentDifference, Payout
from orders.settlement.payouts import booked_as
from orders.settlement.statuses import Resolution

BATCH = 1_000


def payouts_of(gateway: str, references: Collection[str]) -> Mapping[str, Payout]:
    """Those of these references that are here, with their lines. Two statements."""
    found = Payout.objects.filter(gateway=gateway, reference__in=references).prefetch_related("lines")
    return {each.reference: each for each in found}


def attempts_of(gateway: str, keys: Collection[uuid.UUID]) -> Mapping[uuid.UUID, PaymentAttempt]:
    """Those of these keys that were asked of the gateway, with their orders, and what paid them out."""
    found = PaymentAttempt.objects.filter(pk__in=keys, payment__gateway=gateway)
    return {each.pk: each for each in found.select_related("payment__order", "paid_out__payout")}


def posted_as(difference: PaymentDifference, amount: int) -> list[Line]:
    """What an accepted difference is in the books."""
    suspense = (Account.SUSPENSE.value, f"card {difference.gateway}")
    return moved(amount, to=cash_at(difference.gateway), of=suspense)


@dataclass(frozen=True)
class SettlementOff:
    """A payout or an accepted difference whose posting isn't what it says. Minor units."""

    what: str
    account: str
    stored: int
    expected: int

    @property
    def off(self) -> int:
        return abs(self.stored - self.expected)

    def __str__(self) -> str:
        return f"{self.what}: {self.account} got {self.stored}, it says {self.expected}"


def settlement_off() -> list[SettlementOff]:
    """Every payout and every difference against its posting; a handful of statements for a thousand of each."""
    return [*_payouts_off(), *_differences_off()]


def _payouts_off() -> Iterator[SettlementOff]:
    for rows in _batches(Payout.objects.order_by("pk")):
        yield from _off({each.pk: (f"payout {each}", _payout_lines(each)) for each in rows}, PostingKind.PAID_OUT)


def _payout_lines(payout: Payout) -> list[Line]:
    return booked_as(payout.gateway, gross=payout.gross, fee=payout.fee, net=payout.net)


def _differences_off() -> Iterator[SettlementOff]:
    """One that isn't accepted has no posting."""
    for rows in _batches(PaymentDifference.objects.order_by("pk")):
        expected = {
            each.pk: (
                f"difference of call {each.key}",
                posted_as(each, each.posted or 0) if each.resolution == Resolution.ACCEPTED else [],
            )
            for each in rows
        }
        yield from _off(expected, PostingKind.ACCEPTED)


def _batches(rows: Any) -> Iterator[list[Any]]:
    after: uuid.UUID | None = None
    while batch := list((rows.filter(pk__gt=after) if after else rows)[:BATCH]):
        yield batch
        after = batch[-1].pk


def _off(expected: Mapping[uuid.UUID, tuple[str, list[Line]]], kind: PostingKind) -> Iterator[SettlementOff]:
    posted = posted_for(list(expected))
    for pk, (what, lines) in expected.items():
        stored = _amounts(line for each in posted.get(pk, ()) if each.kind == kind for line in each.lines)
        right = _amounts(lines)
        for account, detail in sorted(stored.keys() | right.keys()):
            if stored[account, detail] != right[account, detail]:
                named = f"{account} ({detail})" if detail else account
                yield SettlementOff(what, named, stored[account, detail], right[account, detail])


def _amounts(lines: Iterable[Line]) -> Counter[tuple[str, str]]:
    return Counter({(line.account, line.detail): line.amount for line in summed(lines)})
