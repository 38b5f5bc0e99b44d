"""Imports as they are brought into the book: once, in order, and adding up wherever they were cut off."""

from __future__ import annotations

import io
import threading
from typing import Any, BinaryIO, cast

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core.jobs.actions import bring_batch, queue_job, start_job
from core.jobs.errors import JobBusy, JobFileChanged, JobMovedOn
from core.jobs.kinds import Batch, kind_of
from core.jobs.rejects import rejects_csv
from core.jobs.running import run_job
from core.models import Client, Event, Job, RejectedRow
from tests.factories.core import a_client, timeline
from tests.factories.trading import ACTOR, a_book_order, an_import, change, queue, remove
from tests.factories.watching import refused
from trading.models import BookOrder, Instrument
from trading.queries import book_discrepancies

pytestmark = pytest.mark.django_db(transaction=True)

FILE = """orderId,symbol,side,amount,price,source
1,JPM,Buy,20,20,desk
two,JPM,Buy,10,21,
3,JPM,Sell,12,25,
4,JPM,Hold,12,25,
5,IBM,Sell,5,20,
"""
HEADER = "orderId,symbol,side,amount,price\n"


def a_queued_import(content: str = FILE, client: Client | None = None) -> Job:
    return queue_job(an_import(client).pk, total=len(content.encode()), actor=ACTOR)


def opened(content: str) -> Any:
    def open_at(place: int) -> BinaryIO:
        return io.BytesIO(content.encode()[place:])

    return open_at


def run(job: Job, content: str = FILE, **options: Any) -> Job:
    return run_job(job.pk, open_at=opened(content), actor=ACTOR, **options)


def imported(content: str = FILE, client: Client | None = None) -> Job:
    return run(a_queued_import(content, client), content)


def counters(job: Job) -> tuple[int, int, int]:
    return job.added, job.unchanged, job.rejected


def rejects(job: Job) -> list[tuple[int, str, str]]:
    return list(RejectedRow.objects.filter(job=job).order_by("line").values_list("line", "row", "code"))


def test_a_file_s_rows_become_orders_and_the_others_are_kept_with_their_reason() -> None:
    job = imported()
    assert (job.status, counters(job)) == ("finished", (4, 0, 1))
    assert (job.position, job.lines_read, job.progress) == (len(FILE), 6, 1.0)
    assert queue("Buy") == [("1", 20, 20), ("two", 10, 21)]
    assert queue("Sell") == [("3", 12, 25)]
    assert queue("Sell", "IBM") == [("5", 5, 20)]
    assert rejects(job) == [(5, "4,JPM,Hold,12,25,", "side")]
    orders = BookOrder.objects.filter(book_import_id=job.pk).order_by("queue")
    assert [order.public_id for order in orders] == [1, "two", 3, 5]
    assert [order.source for order in orders] == ["desk", "", "", ""]
    assert {(order.version, order.status, order.client_id) for order in orders} == {(0, "open", job.client_id)}
    assert not list(book_discrepancies())


def test_an_import_tells_when_it_is_queued_and_finished_and_its_orders_tell_nothing() -> None:
    job = imported()
    assert timeline(job.pk) == ["job.opened", "job.queued", "job.started", "job.finished"]
    assert Event.objects.get(type="job.finished").data == {
        "kind": "book_import", "added": 4, "unchanged": 0, "rejected": 1,
    }  # fmt: skip
    assert not Event.objects.filter(subject_type="book_order").exists()
    assert timeline(Instrument.objects.get(symbol="IBM").pk) == ["instrument.listed"]


def test_the_same_file_again_adds_nothing() -> None:
    client = a_client()
    imported(client=client)
    before = list(BookOrder.objects.order_by("pk").values())
    again = imported(client=client)
    assert counters(again) == (0, 4, 1)
    assert list(BookOrder.objects.order_by("pk").values()) == before


def test_another_client_s_ids_are_its_own() -> None:
    imported()
    assert counters(imported()) == (4, 0, 1)


def test_a_row_is_held_against_the_order_as_it_came_not_as_it_became() -> None:
    client = a_client()
    moved = a_book_order(client, id=1, amount=20, price=20, source="desk")
    change(moved, price=30, amount=5)
    remove(a_book_order(client, id="two", amount=10, price=21))
    assert counters(imported(client=client)) == (2, 2, 1)
    assert queue("Buy") == [("1", 5, 30)]


def test_another_content_under_a_known_id_is_refused_and_says_what_differs() -> None:
    client = a_client()
    a_book_order(client, id="two", amount=11, price=22)
    job = imported(client=client)
    assert counters(job) == (3, 0, 2)
    assert rejects(job)[0] == (3, "two,JPM,Buy,10,21,", "book_order_exists")
    refusal = RejectedRow.objects.get(job=job, line=3)
    assert refusal.reason == "Order two was added before with another amount and price."


def test_of_two_rows_with_one_id_in_a_file_the_first_counts() -> None:
    content = f"{HEADER}7,JPM,Buy,1,1\n7,JPM,Buy,1,1\n7,JPM,Sell,1,1\n"
    job = imported(content)
    assert counters(job) == (1, 1, 1)
    assert rejects(job) == [(4, "7,JPM,Sell,1,1", "book_order_exists")]
    assert queue("Buy") == [("7", 1, 1)]


def test_orders_of_one_price_queue_in_the_order_of_the_file_behind_those_that_were_there() -> None:
    a_book_order(id="first", price=9)
    imported(HEADER + "".join(f"{ref},JPM,Buy,1,9\n" for ref in ("c", "a", "b")))
    a_book_order(id="last", price=9)
    assert [ref for ref, *_ in queue("Buy")] == ["first", "c", "a", "b", "last"]


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), f"\n\n{HEADER}\n\n"])
def test_a_file_without_rows_is_finished_at_once(content: str) -> None:
    job = imported(content)
    assert (job.status, counters(job)) == ("finished", (0, 0, 0))


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        ("", "The file is empty."),
        ("\n\n", "The file is empty."),
        ("1,JPM,Buy,20,20\n", "The file has no header: its first row names none of the columns."),
        (
            '{"not": "a CSV"}\n',
            "The first row cannot be read. The row is not CSV: a quote in it is not closed, or not ",
        ),
        ("orderId,symbol,side,price\n1,JPM,Buy,1\n", "The file lacks the columns amount."),
        (f"=x,{HEADER}", "It has unknown columns: =x."),
        (f"{'n' * 40}1,{','.join('abcdef')},{HEADER}", f"It has unknown columns: {'n' * 30}, a, b, c, d and 2 more."),
        (f",{HEADER}", "It has unknown columns: column 1, which has no name."),
        (f"id,Order ID,{HEADER}", "It names more than once: orderId."),
    ],
)
def test_a_file_of_other_columns_fails_says_which_and_brings_nothing_in(content: str, failure: str) -> None:
    job = imported(content)
    needed = (
        "The first row names the columns, in any order: orderId, symbol, side, amount, price and, if wanted, source."
    )
    assert (job.status, job.position, counters(job)) == ("failed", 0, (0, 0, 0))
    assert job.failure.startswith(failure)
    assert job.failure.endswith(f" {needed}")
    assert Event.objects.get(type="job.failed").data["failure"] == "Columns not as they should be."
    assert not BookOrder.objects.exists()


def test_a_file_goes_on_under_its_own_header_and_its_rejects_keep_the_order_of_its_columns(
    small_batches: None,
) -> None:
    rows = "".join(f"{1 + number % 7},1,Buy,JPM,{number}\n" for number in range(25))
    content = f"price,amount,side,symbol,orderId\n{rows}5,,Buy,JPM,bad\n"
    job = a_queued_import(content)
    assert run(job, content, stop=lambda: True).added == 10
    job = run(job, content)
    assert (job.status, counters(job), job.lines_read) == ("finished", (25, 0, 1), 27)
    assert "".join(rejects_csv(job)).splitlines() == [
        "line,code,reason,price,amount,side,symbol,orderId",
        '27,amount,"The amount is not a whole number from 1 to 1,000,000.",5,,Buy,JPM,bad',
    ]
    assert set(BookOrder.objects.values_list("amount", flat=True)) == {1}


def rows_of(count: int) -> str:
    return HEADER + "".join(f"{number},JPM,Buy,1,{1 + number % 7}\n" for number in range(count))


@pytest.fixture
def small_batches(settings: Settings) -> None:
    settings.IMPORT_BATCH_ROWS = 10


def test_a_run_that_is_stopped_goes_on_where_it_was(small_batches: None) -> None:
    content = rows_of(35)
    job = a_queued_import(content)
    told: list[int] = []
    job = run(job, content, told=lambda now: told.append(now.added), stop=lambda: len(told) == 2)
    assert (job.status, job.added, told) == ("running", 20, [10, 20])
    job = run(job, content, told=lambda now: told.append(now.added))
    assert (job.status, job.added, told) == ("finished", 35, [10, 20, 30, 35])
    assert BookOrder.objects.count() == 35
    assert not list(book_discrepancies())


def test_a_run_that_breaks_keeps_what_its_batches_brought(small_batches: None) -> None:
    content = rows_of(25)
    job = a_queued_import(content)

    def broken(place: int) -> BinaryIO:
        return cast(BinaryIO, Breaking(content.encode()[place:], after=180))

    with pytest.raises(OSError, match="the line is dead"):
        run_job(job.pk, open_at=broken, actor=ACTOR)
    job.refresh_from_db()
    assert (job.status, job.added) == ("running", 10)
    assert run(job, content).added == 25


class Breaking(io.RawIOBase):
    """A stream that fails after some bytes, as a connection does."""

    def __init__(self, content: bytes, after: int) -> None:
        self._rest = content[:after]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            raise OSError("the line is dead")
        taken = self._rest[:50]
        self._rest = self._rest[50:]
        buffer[: len(taken)] = taken
        return len(taken)


def test_two_runs_at_once_bring_each_row_in_once(small_batches: None) -> None:
    content = rows_of(200)
    job = a_queued_import(content)
    met: list[str] = []
    at_once = threading.Barrier(2)

    def work() -> None:
        at_once.wait(10)
        try:
            met.append(run(job, content).status)
        except (JobBusy, JobMovedOn) as refusal:
            met.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(met) in (["finished", "job_busy"], ["finished", "finished"])
    job.refresh_from_db()
    assert (counters(job), BookOrder.objects.count()) == ((200, 0, 0), 200)


def test_two_files_with_the_same_ids_in_other_orders_never_wait_for_each_other(small_batches: None) -> None:
    header, *lines = rows_of(300).splitlines(keepends=True)
    client = a_client()
    files = ["".join([header, *lines]), "".join([header, *reversed(lines)])]
    jobs = [a_queued_import(content, client) for content in files]
    failures: list[BaseException] = []

    def work(job: Job, content: str) -> None:
        try:
            run(job, content)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=each) for each in zip(jobs, files, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    for job in jobs:
        job.refresh_from_db()
    assert (sum(job.added for job in jobs), sum(job.unchanged for job in jobs)) == (300, 300)
    assert not list(book_discrepancies())


def batches_of(job: Job, content: str = FILE) -> list[Batch]:
    return list(kind_of(job).batches(job, opened(content)))


def test_a_batch_from_elsewhere_in_the_file_is_refused() -> None:
    job = start_job(a_queued_import().pk, actor=ACTOR)
    (batch,) = batches_of(job)
    bring_batch(job.pk, batch)
    with refused(JobMovedOn):
        bring_batch(job.pk, batch)


def test_a_file_that_became_shorter_fails_and_keeps_what_came() -> None:
    job = run(a_queued_import(), FILE[:-30])
    assert job.status == "failed"
    assert job.failure == f"The file ends at {len(FILE) - 30} and came to {len(FILE)} when it was queued."
    assert timeline(job.pk) == ["job.opened", "job.queued", "job.started", "job.failed"]
    assert BookOrder.objects.count() == job.added > 0
    with refused(JobFileChanged):
        queue_job(job.pk, total=len(FILE) + 1, actor=ACTOR)


def test_what_an_import_lists_is_listed_by_who_asked_for_it() -> None:
    imported()
    assert Event.objects.get(type="instrument.listed", data__symbol="IBM").actor_name == ACTOR.name


def test_a_batch_takes_as_many_statements_for_a_thousand_rows_as_for_one() -> None:
    client = a_client()
    a_book_order(client, symbol="JPM")

    def statements(content: str) -> int:
        job = start_job(a_queued_import(content, client).pk, actor=ACTOR)
        (batch,) = batches_of(job, content)
        with CaptureQueriesContext(connection) as captured:
            bring_batch(job.pk, batch)
        return len(captured)

    assert statements(f"{HEADER}x,JPM,Buy,1,1\n") == statements(rows_of(1000)) <= 10
