"""The journal as rows of a file, with the numbers that accounts have in the chart of an accountant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

from django.utils import timezone

from books.queries import entries
from books.statuses import NUMBERS, Side
from core.money import from_minor

COLUMNS = (
    "posted_at", "posting", "kind", "subject_type", "subject_id", "account", "number", "detail", "side", "amount",
    "currency",
)  # fmt: skip


def journal(client_id: uuid.UUID | None, *, since: dt.datetime, before: dt.datetime) -> Iterator[tuple[str, ...]]:
    """Rows of COLUMNS, in the order of time. Amounts are decimals of their currency, never negative."""
    for posting, line in entries(client_id, since=since, before=before):
        side = Side.DEBIT if line.amount > 0 else Side.CREDIT
        yield (
            timezone.localtime(posting.posted_at).isoformat(timespec="seconds"),
            str(posting.pk),
            posting.kind,
            posting.subject_type,
            str(posting.subject_id),
            line.account,
            NUMBERS[line.account],
            line.detail,
            side.value,
            str(from_minor(abs(line.amount), posting.currency)),
            posting.currency,
        )
