"""What other apps, the API and the console may read of the books."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from books.lines import Line as Line
from books.lines import moved as moved
from books.lines import part_of as part_of
from books.lines import summed as summed
from books.lines import taken_back as taken_back
from books.models import Posting, PostingLine
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
    client_id: uuid.UUID | None, *, before: dt.datetime | None = None, currency: str = ""
) -> list[Balance]:
    """What all accounts that aren't even came to before a time, or come to now; of all storefronts for None.

    The balances of one currency come to nothing together.
    """
    lines = PostingLine.objects.all()
    if client_id is not None:
        lines = lines.filter(posting__client_id=client_id)
    if before is not None:
        lines = lines.filter(posting__posted_at__lt=before)
    if currency:
        lines = lines.filter(posting__currency=currency)
    sums = lines.order_by().values_list("posting__currency", "account", "detail").annotate(amount=Sum("amount"))
    found = [Balance(*row) for row in sums if row[3]]
    order = {account: position for position, account in enumerate(Account.values)}
    return sorted(found, key=lambda each: (each.currency, order[each.account], each.detail))


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
