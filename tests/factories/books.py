"""Postings that no action made, and days that are closed."""

from __future__ import annotations

import datetime as dt

from books.actions import close_day
from books.models import DayClose, Posting, PostingLine
from core.ids import new_id
from core.inserts import insert_together
from tests.factories.core import ACTOR, cause


def post(moment: dt.datetime, **amounts: int) -> Posting:
    """A posting of that moment, in EUR, of an order that need not be."""
    posting = Posting(
        subject_type="order", subject_id=new_id(), kind="captured", currency="EUR", posted_at=moment, **cause()
    )
    lines = [
        PostingLine(posting=posting, account=account, amount=amount)
        for account, amount in (amounts or {"cash": 5, "receivable": -5}).items()
    ]
    insert_together(posting, *lines)
    return posting


def a_closed_day(day: dt.date) -> DayClose:
    return close_day(day, actor=ACTOR)
