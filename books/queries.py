"""What other apps, the API and the console may read of the books."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum
from django.utils import timezone

from books.lines import Line as Line
from books.lines import moved as moved
from books.lines import part_of as part_of
from books.lines import summed as summed
from books.lines import taken_back as taken_back
from books.models import DayClose, Posting, PostingLine
from books.statuses import NORMAL_SIDE, Side
from books.statuses import Account as Account
from books.statuses import PostingKind as PostingKind


@dataclass(frozen=True)
class Balance:
    """What an account, or a part of it, came to at a time: of debits, less credits, in minor units."""

    currency: str
    account: str
    detail: str
    amount: int

    @property
    def debit(self) -> int:
        return max(self.amount, 0)

    @property
    def credit(self) -> int:
        return max(-self.amount, 0)

    @property
    def is_unusual(self) -> bool:
        """Whether it stands on the other side than balances of its account usually do."""
        return (self.amount > 0) != (NORMAL_SIDE[Account(self.account)] == Side.DEBIT)


def trial_balance(
    client_id: uuid.UUID | None,
    *,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    currency: str = "",
) -> list[Balance]:
    """What all accounts that aren't even came to before a time, or come to now, by what was posted `since`; of all
    storefronts for None.

    The balances of one currency come to nothing together.
    """
    lines = PostingLine.objects.all()
    if client_id is not None:
        lines = lines.filter(posting__client_id=client_id)
    if since is not None:
        lines = lines.filter(posting__posted_at__gte=since)
    if before is not None:
        lines = lines.filter(posting__posted_at__lt=before)
    if currency:
        lines = lines.filter(posting__currency=currency)
    sums = lines.order_by().values_list("posting__currency", "account", "detail").annotate(amount=Sum("amount"))
    return _in_order(Balance(*row) for row in sums)


def added(*several: Iterable[Balance]) -> list[Balance]:
    """The sums of several balances by currency, account and detail."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for balance in chain(*several):
        sums[balance.currency, balance.account, balance.detail] += balance.amount
    return _in_order(Balance(*key, amount) for key, amount in sums.items())


def _in_order(balances: Iterable[Balance]) -> list[Balance]:
    """Without those that are even."""
    order = {account: position for position, account in enumerate(Account.values)}
    uneven = [each for each in balances if each.amount]
    return sorted(uneven, key=lambda each: (each.currency, order[each.account], each.detail))


# Closed days


def closed_before() -> dt.datetime | None:
    """The first moment that is on an open day; None while no day was closed."""
    found: dt.datetime | None = DayClose.objects.aggregate(before=Max("before"))["before"]
    return found


# The journal is read once: each line counts for the first of the closed days at whose end it is posted.
_BY_CLOSE = """
SELECT width_bucket(posting.posted_at, %(befores)s::timestamptz[]) AS place, posting.currency,
       line.account, line.detail, sum(line.amount)::bigint
FROM books_postingline line JOIN books_posting posting ON posting.id = line.posting_id
WHERE posting.posted_at < %(last)s GROUP BY place, posting.currency, line.account, line.detail
"""


@dataclass(frozen=True)
class CloseOff:
    """A balance that a closed day's snapshot has and the journal hasn't, or the other way round; in minor units."""

    day: dt.date
    currency: str
    account: str
    detail: str
    stored: int
    expected: int

    @property
    def off(self) -> int:
        return abs(self.stored - self.expected)

    def __str__(self) -> str:
        account = f"{self.account} ({self.detail})" if self.detail else self.account
        return f"closed day {self.day}: {account} in {self.currency} is {self.stored}, the journal says {self.expected}"


def closes_off() -> list[CloseOff]:
    """Where the snapshots of closed days differ from the journal, their totals from their balances among it."""
    closes = list(DayClose.objects.order_by("before"))
    if not closes:
        return []
    posted: defaultdict[int, list[Balance]] = defaultdict(list)
    befores = [close.before for close in closes]
    with connection.cursor() as cursor:
        cursor.execute(_BY_CLOSE, {"befores": befores, "last": befores[-1]})
        for place, *balance in cursor.fetchall():
            posted[place].append(Balance(*balance))
    found: list[CloseOff] = []
    so_far: list[Balance] = []
    for place, close in enumerate(closes):
        so_far = added(so_far, posted[place])
        found += _close_off(close, so_far)
    return found


def _close_off(close: DayClose, expected: Sequence[Balance]) -> Iterator[CloseOff]:
    stored = Counter({(each["currency"], each["account"], each["detail"]): each["amount"] for each in close.balances})
    right = Counter({(each.currency, each.account, each.detail): each.amount for each in expected})
    for currency in sorted(close.totals.keys() | {each.currency for each in expected}):
        stored[currency, "all debits", ""] = close.totals.get(currency, 0)
        right[currency, "all debits", ""] = sum(each.debit for each in expected if each.currency == currency)
    for key in sorted(stored.keys() | right.keys()):
        if stored[key] != right[key]:
            currency, account, detail = key
            yield CloseOff(close.day, currency, account, detail, stored[key], right[key])


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after it, by the server's time zone."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


AGES = (30, 60, 90)
"""Days up to which what is owed counts as of an age; beyond the last it is old."""

_AGED = """
WITH open AS (
    SELECT posting.currency, posting.subject_id, sum(line.amount)::bigint AS balance, min(posting.posted_at) AS since
    FROM books_postingline line JOIN books_posting posting ON posting.id = line.posting_id
    WHERE line.account = 'receivable' AND posting.posted_at < %(before)s
      AND (%(client)s::uuid IS NULL OR posting.client_id = %(client)s::uuid)
    GROUP BY posting.currency, posting.subject_id HAVING sum(line.amount) <> 0
)
SELECT currency, width_bucket(extract(day FROM %(before)s - since)::int, %(ages)s::int[]) AS age,
       count(*), coalesce(sum(balance) FILTER (WHERE balance > 0), 0)::bigint,
       coalesce(-sum(balance) FILTER (WHERE balance < 0), 0)::bigint
FROM open GROUP BY currency, age ORDER BY currency, age
"""


@dataclass(frozen=True)
class Aged:
    """What is owed for orders of one age, in minor units. `age` is a position in AGES, len(AGES) for what is older."""

    currency: str
    age: int
    orders: int
    owed: int
    to_give_back: int

    @property
    def days(self) -> str:
        """ "0 to 30", "31 to 60", "more than 90"."""
        if self.age == len(AGES):
            return f"more than {AGES[-1]}"
        return f"{AGES[self.age - 1] + 1 if self.age else 0} to {AGES[self.age]}"


def aged_receivables(client_id: uuid.UUID | None, *, before: dt.datetime) -> list[Aged]:
    """What customers owed and were owed before a time, by how long ago their orders were charged; of all storefronts
    for None. By currency it comes to the balance of receivables.
    """
    values = {"client": client_id, "before": before, "ages": [age + 1 for age in AGES]}
    with connection.cursor() as cursor:
        cursor.execute(_AGED, values)
        return [Aged(*row) for row in cursor.fetchall()]


def postings_of(subject_id: uuid.UUID) -> QuerySet[Posting]:
    """Those of an order, a gift card or store credit, newest first."""
    return Posting.objects.filter(subject_id=subject_id).prefetch_related("lines")


def owed_by_kind(subject_id: uuid.UUID) -> dict[str, int]:
    """What the postings of each kind moved what is owed by: together it is what is owed now. One statement."""
    lines = PostingLine.objects.filter(posting__subject_id=subject_id, account=Account.RECEIVABLE)
    return dict(lines.order_by().values_list("posting__kind").annotate(Sum("amount")))


def credited_of(subject_id: uuid.UUID) -> list[Line]:
    """All that was credited of an order, as the lines of those postings; what was taken back is not among it."""
    credited = Posting.objects.filter(subject_id=subject_id, kind=PostingKind.CREDITED).prefetch_related("lines")
    return summed(line for posting in credited for line in lines_of(posting))


def posting_at(subject_id: uuid.UUID, version: int, kind: str) -> Posting | None:
    return Posting.objects.filter(subject_id=subject_id, version=version, kind=kind).first()


def not_posted(entries: QuerySet[Any], subject: str, kinds: Collection[str]) -> list[uuid.UUID]:
    """The subjects, named by that column, of ledger entries of these kinds that have no posting; the oldest first."""
    posting = Posting.objects.filter(subject_id=OuterRef(subject), version=OuterRef("version"), kind=OuterRef("kind"))
    missing = entries.filter(~Exists(posting), kind__in=kinds)
    return list(missing.order_by(subject).values_list(subject, flat=True).distinct())


def lines_of(posting: Posting) -> list[Line]:
    return [Line(line.account, line.amount, line.detail) for line in posting.lines.all()]


@dataclass(frozen=True)
class Posted:
    """A posting as it is compared: by what it is of, and what it says."""

    kind: str
    version: int
    currency: str
    client_id: uuid.UUID | None
    lines: Sequence[Line]
    reverses: tuple[int, str] | None
    """Version and kind of the posting that it takes back."""


def posted_for(subject_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Posted]]:
    """All postings of some subjects, by subject, oldest first. Two statements."""
    found: defaultdict[uuid.UUID, list[Posted]] = defaultdict(list)
    rows = Posting.objects.filter(subject_id__in=subject_ids).select_related("reverses").prefetch_related("lines")
    for row in rows.order_by("version", "kind"):
        of = (row.reverses.version, row.reverses.kind) if row.reverses else None
        found[row.subject_id].append(Posted(row.kind, row.version, row.currency, row.client_id, lines_of(row), of))
    return dict(found)


def entries(
    client_id: uuid.UUID | None, *, since: dt.datetime, before: dt.datetime
) -> Iterator[tuple[Posting, PostingLine]]:
    """Each line with its posting, in the order of time, as a journal has them; in constant memory."""
    lines = PostingLine.objects.select_related("posting").filter(
        posting__posted_at__gte=since, posting__posted_at__lt=before
    )
    if client_id is not None:
        lines = lines.filter(posting__client_id=client_id)
    for line in lines.order_by("posting__posted_at", "posting_id", "-amount").iterator(2_000):
        yield line.posting, line
