"""A posting against the close of its day: it is in what the day came to, or it is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from books.actions import close_day
from books.models import DayClose, Posting
from books.queries import closes_off
from core.transactions import unit_of_work
from tests.concurrency.racing import race
from tests.factories.books import post
from tests.factories.core import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.date(2026, 1, 31)
NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


@pytest.fixture
def no_guard() -> Iterator[None]:
    """The protection off: whatever is posted is taken."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE books_posting DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE books_posting ENABLE TRIGGER USER")


def post_at_noon() -> Posting:
    with transaction.atomic():
        return post(NOON)


def close() -> DayClose:
    return close_day(DAY, actor=ACTOR)


def begun(pool: ThreadPoolExecutor, act: Callable[[], object]) -> Future[list[object]]:
    """The act on a connection of its own, which has ended or waits for a lock of ours."""
    outcome: Future[list[object]] = pool.submit(lambda: list(race([act], threads=1)))
    while not outcome.done() and not _is_waited_for():
        pass
    return outcome


def _is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool(cursor.fetchone()[0])


def close_beside_a_posting() -> list[object]:
    """What becomes of a close that begins before a posting of its day is committed."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            post(NOON)
            closing = begun(pool, close)
        return closing.result(30)


def posting_beside_a_close() -> list[object]:
    """What becomes of a posting that begins before the close of its day is committed."""
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work():
            close()
            posting = begun(pool, post_at_noon)
        return posting.result(30)


def test_a_close_waits_for_a_posting_of_its_day_and_counts_it() -> None:
    (closed,) = close_beside_a_posting()
    assert isinstance(closed, DayClose)
    assert (closed.totals, closes_off()) == ({"EUR": 5}, [])


def test_a_posting_waits_for_the_close_of_its_day_and_is_refused() -> None:
    (refusal,) = posting_beside_a_close()
    assert isinstance(refusal, DatabaseError)
    assert "the day of a posting is closed" in str(refusal)
    assert (Posting.objects.count(), closes_off()) == (0, [])


@pytest.mark.usefixtures("no_guard")
def test_without_the_guard_a_close_would_miss_a_posting() -> None:
    """The control."""
    (closed,) = close_beside_a_posting()
    assert isinstance(closed, DayClose)
    assert closed.totals == {}
    assert [each.account for each in closes_off()] == ["all debits", "cash", "receivable"]


@pytest.mark.usefixtures("no_guard")
def test_without_the_guard_a_closed_day_would_get_a_posting() -> None:
    """The control."""
    (posted,) = posting_beside_a_close()
    assert isinstance(posted, Posting)
    assert [each.account for each in closes_off()] == ["all debits", "cash", "receivable"]
