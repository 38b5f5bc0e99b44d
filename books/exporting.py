"""The journal as rows of a file, with the numbers that accounts have in the chart of an accountant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping

from django.utils import timezone

from books.queries import entries
from books.statuses import Account, Side
from core.money import from_minor

COLUMNS = (
    "posted_at", "posting", "kind", "subject_type", "subject_id", "account", "number", "detail", "side", "amount",
    "currency",
)  # fmt: skip

NUMBERS: Mapping[str, str] = {
    Account.RECEIVABLE: "1400",
    Account.CASH: "1200",
    Account.GIFT_CARDS: "1710",
    Account.STORE_CREDIT: "1711",
    Account.TAX: "1770",
    Account.GOODS: "8000",
    Account.DELIVERY: "8010",
    Account.SURCHARGES: "8020",
    Account.DISCOUNTS: "8700",
    Account.ROUNDING: "8090",
    Account.GIVEN_VALUE: "4630",
    Account.EXPIRED_VALUE: "2700",
    Account.WRITTEN_OFF: "2400",
}
"""Four digits each, in the classes of the German standard chart SKR 03, which DATEV's programs read."""


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
