"""The only way into the books: postings, made by whoever moves money and inserted in the same statement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import Model
from django.utils import timezone

from books.lines import Line, summed
from books.models import Posting, PostingLine
from core.actors import Actor
from core.models import Versioned
from core.transactions import step


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

    `version` and `posted_at` are those of an earlier event, which was not posted then. Raises ValueError for lines that
    don't balance.
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
        posted_at=posted_at or timezone.now(),
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
