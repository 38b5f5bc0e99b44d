"""The only way into the books: postings, made by whoever moves money and inserted in the same statement; and the close
of a day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

from django.db.models import Model
from django.utils import timezone

from books.errors import DayNotOver
from books.events import DayClosed
from books.lines import Line, summed
from books.models import DayClose, Posting, PostingLine
from books.queries import Balance, added, closed_before, end_of, trial_balance
from books.triggers import DAYS
from core.actors import Actor
from core.locks import shared_transaction_lock, transaction_lock
from core.models import Versioned
from core.outbox import record
from core.transactions import action, step

SETTLES_WITHIN = dt.timedelta(minutes=15)
"""After its end a day is closed no sooner: what began in its last moments has long been posted by then."""


@step
def posting_of(
    subject: Versioned,
    kind: str,
    lines: Iterable[Line],
    *,
    currency: str,
    actor: Actor,
    reverses_id: uuid.UUID | None = None,
    version: int | None = None,
    posted_at: dt.datetime | None = None,
) -> list[Model]:
    """A posting of the subject's last event with its lines, to be inserted; nothing where they come to nothing.

    `version` and `posted_at` are those of an earlier event, which was not posted then; if its day is closed meanwhile,
    it is posted at the beginning of the first day that is open. Raises ValueError for lines that don't balance.
    """
    found = summed(lines)
    if sum(line.amount for line in found):
        raise ValueError(f"the lines of {kind} don't balance: {found}")
    if not found:
        return []
    posting = Posting(
        client_id=subject.owner_id,
        subject_type=subject.subject_type,
        subject_id=subject.pk,
        kind=kind,
        currency=currency,
        reverses_id=reverses_id,
        version=version or subject.version,
        posted_at=_on_an_open_day(posted_at) if posted_at else timezone.now(),
        **actor.columns(),
    )
    return [posting, *(_row(posting, line) for line in found)]


def _row(posting: Posting, line: Line) -> PostingLine:
    return PostingLine(
        client_id=posting.client_id,
        posting=posting,
        account=line.account,
        detail=line.detail,
        amount=line.amount,
    )


@step
def _on_an_open_day(moment: dt.datetime) -> dt.datetime:
    """No day is closed from here to the end of the transaction."""
    shared_transaction_lock(DAYS)
    closed = closed_before()
    return moment if closed is None else max(moment, closed)


@action
def close_day(day: dt.date, *, actor: Actor) -> DayClose:
    """Close a day of all books, and with it all days before: nothing is posted on them any more. Closed already, it
    stays so. Raises DayNotOver.

    It waits for the postings under way, and those that come wait for it.
    """
    if timezone.localdate(timezone.now() - SETTLES_WITHIN) <= day:
        raise DayNotOver(day)
    transaction_lock(DAYS)
    closed = DayClose.objects.filter(day=day).first()
    return closed or _closed(day, end_of(day), actor)


@step
def _closed(day: dt.date, before: dt.datetime, actor: Actor) -> DayClose:
    balances = _balances_at(day, before)
    totals: Counter[str] = Counter()
    for each in balances:
        totals[each.currency] += each.debit
    close = DayClose(
        day=day, before=before, balances=[asdict(each) for each in balances], totals=dict(totals), **actor.columns()
    )
    record(DayClosed(day, dict(totals)), subject=close, actor=actor)
    close.save(force_insert=True)
    return close


def _balances_at(day: dt.date, before: dt.datetime) -> list[Balance]:
    """Those of the last day that was closed before it, which nothing has changed since, and what was posted from then
    on: however old the books are, no more is read than that.
    """
    last = DayClose.objects.filter(day__lt=day).first()
    since = trial_balance(None, since=last.before if last else None, before=before)
    return added([Balance(**each) for each in last.balances] if last else [], since)
