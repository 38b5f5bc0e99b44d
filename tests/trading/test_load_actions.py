"""Loads as they are brought into the book: once, in order, and adding up wherever they were cut off."""

from __future__ import annotations

import io
import threading
from typing import Any, BinaryIO, cast

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core.errors import NotFound
from core.locks import session_lock
from core.models import Client, Event
from core.operations import OperationRefused
from tests.factories.core import a_client, timeline
from tests.factories.trading import ACTOR, a_book_order, change, everything, nothing_changes, queue, refused, remove
from trading.actions import fail_load, finish_load, load_batch, open_load, queue_load
from trading.errors import LoadBusy, LoadFileChanged, LoadMovedOn
from trading.loading.reading import read_batches
from trading.loading.running import run_load
from trading.models import BookOrder, Instrument, Load, RejectedRow
from trading.queries import book_discrepancies

pytestmark = pytest.mark.django_db(transaction=True)

FILE = """orderId,symbol,side,amount,price,source
1,JPM,Buy,20,20,desk
two,JPM,Buy,10,21
3,JPM,Sell,12,25
4,JPM,Hold,12,25
5,IBM,Sell,5,20
"""


def a_queued_load(content: str = FILE, client: Client | None = None) -> Load:
    load = open_load(name="orders.csv", client_id=(client or a_client()).pk)
    return queue_load(load.pk, size=len(content.encode()), actor=ACTOR)


def opened(content: str) -> Any:
    def open_at(place: int) -> BinaryIO:
        return io.BytesIO(content.encode()[place:])

    return open_at


def run(load: Load, content: str = FILE, **options: Any) -> Load:
    return run_load(load.pk, open_at=opened(content), actor=ACTOR, **options)


def loaded(content: str = FILE, client: Client | None = None) -> Load:
    return run(a_queued_load(content, client), content)


def counters(load: Load) -> tuple[int, int, int]:
    return load.added, load.unchanged, load.rejected


def rejects(load: Load) -> list[tuple[int, str, str]]:
    return list(RejectedRow.objects.filter(load=load).order_by("line").values_list("line", "row", "code"))


def test_a_file_s_rows_become_orders_and_the_others_are_kept_with_their_reason() -> None:
    load = loaded()
    assert (load.status, counters(load)) == ("finished", (4, 0, 1))
    assert (load.bytes_read, load.lines_read, load.progress) == (len(FILE), 6, 1.0)
    assert queue("Buy") == [("1", 20, 20), ("two", 10, 21)]
    assert queue("Sell") == [("3", 12, 25)]
    assert queue("Sell", "IBM") == [("5", 5, 20)]
    assert rejects(load) == [(5, "4,JPM,Hold,12,25", "side")]
    orders = BookOrder.objects.filter(load=load).order_by("queue")
    assert [order.public_id for order in orders] == [1, "two", 3, 5]
    assert [order.source for order in orders] == ["desk", "", "", ""]
    assert {(order.version, order.status, order.client_id) for order in orders} == {(0, "open", load.client_id)}
    assert not list(book_discrepancies())


def test_a_load_tells_when_it_is_queued_and_finished_and_its_orders_tell_nothing() -> None:
    load = loaded()
    assert timeline(load.pk) == ["load.queued", "load.finished"]
    assert Event.objects.get(type="load.finished").data == {
        "name": "orders.csv", "added": 4, "unchanged": 0, "rejected": 1,
    }  # fmt: skip
    assert not Event.objects.filter(subject_type="book_order").exists()
    assert timeline(Instrument.objects.get(symbol="IBM").pk) == ["instrument.listed"]


def test_the_same_file_again_adds_nothing() -> None:
    client = a_client()
    loaded(client=client)
    before = list(BookOrder.objects.order_by("pk").values())
    again = loaded(client=client)
    assert counters(again) == (0, 4, 1)
    assert list(BookOrder.objects.order_by("pk").values()) == before


def test_another_client_s_ids_are_its_own() -> None:
    loaded()
    assert counters(loaded()) == (4, 0, 1)


def test_a_row_is_held_against_the_order_as_it_came_not_as_it_became() -> None:
    client = a_client()
    moved = a_book_order(client, id=1, amount=20, price=20, source="desk")
    change(moved, price=30, amount=5)
    remove(a_book_order(client, id="two", amount=10, price=21))
    assert counters(loaded(client=client)) == (2, 2, 1)
    assert queue("Buy") == [("1", 5, 30)]


def test_another_content_under_a_known_id_is_refused_and_says_what_differs() -> None:
    client = a_client()
    a_book_order(client, id="two", amount=11, price=22)
    load = loaded(client=client)
    assert counters(load) == (3, 0, 2)
    assert rejects(load)[0] == (3, "two,JPM,Buy,10,21", "book_order_exists")
    refusal = RejectedRow.objects.get(load=load, line=3)
    assert refusal.reason == "Order two was added before with another amount and price."


def test_of_two_rows_with_one_id_in_a_file_the_first_counts() -> None:
    content = "7,JPM,Buy,1,1\n7,JPM,Buy,1,1\n7,JPM,Sell,1,1\n"
    load = loaded(content)
    assert counters(load) == (1, 1, 1)
    assert rejects(load) == [(3, "7,JPM,Sell,1,1", "book_order_exists")]
    assert queue("Buy") == [("7", 1, 1)]


def test_orders_of_one_price_queue_in_the_order_of_the_file_behind_those_that_were_there() -> None:
    a_book_order(id="first", price=9)
    loaded("".join(f"{ref},JPM,Buy,1,9\n" for ref in ("c", "a", "b")))
    a_book_order(id="last", price=9)
    assert [ref for ref, *_ in queue("Buy")] == ["first", "c", "a", "b", "last"]


@pytest.mark.parametrize("content", ["", "orderId,symbol,side,amount,price\n", "\n\n"])
def test_a_file_without_rows_is_finished_at_once(content: str) -> None:
    load = loaded(content)
    assert (load.status, counters(load)) == ("finished", (0, 0, 0))


def test_a_file_that_is_none_is_all_rejected() -> None:
    load = loaded('{"not": "a CSV"}\n"\n')
    assert (load.status, counters(load)) == ("finished", (0, 0, 2))


def rows_of(count: int) -> str:
    return "".join(f"{number},JPM,Buy,1,{1 + number % 7}\n" for number in range(count))


@pytest.fixture
def small_batches(settings: Settings) -> None:
    settings.LOAD_BATCH_ROWS = 10


def test_a_run_that_is_stopped_goes_on_where_it_was(small_batches: None) -> None:
    content = rows_of(35)
    load = a_queued_load(content)
    told: list[int] = []
    load = run(load, content, told=lambda now: told.append(now.added), stop=lambda: len(told) == 2)
    assert (load.status, load.added, told) == ("running", 20, [10, 20])
    load = run(load, content, told=lambda now: told.append(now.added))
    assert (load.status, load.added, told) == ("finished", 35, [10, 20, 30, 35])
    assert BookOrder.objects.count() == 35
    assert not list(book_discrepancies())


def test_a_run_that_breaks_keeps_what_its_batches_brought(small_batches: None) -> None:
    content = rows_of(25)
    load = a_queued_load(content)

    def broken(place: int) -> BinaryIO:
        return cast(BinaryIO, Breaking(content.encode()[place:], after=150))

    with pytest.raises(OSError, match="the line is dead"):
        run_load(load.pk, open_at=broken, actor=ACTOR)
    load.refresh_from_db()
    assert (load.status, load.added) == ("running", 10)
    assert run(load, content).added == 25


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
    load = a_queued_load(content)
    met: list[str] = []
    at_once = threading.Barrier(2)

    def work() -> None:
        at_once.wait(10)
        try:
            met.append(run(load, content).status)
        except (LoadBusy, LoadMovedOn) as refusal:
            met.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(met) in (["finished", "load_busy"], ["finished", "finished"])
    load.refresh_from_db()
    assert (counters(load), BookOrder.objects.count()) == ((200, 0, 0), 200)


def test_two_files_with_the_same_ids_in_other_orders_never_wait_for_each_other(small_batches: None) -> None:
    lines = rows_of(300).splitlines(keepends=True)
    client = a_client()
    files = ["".join(lines), "".join(reversed(lines))]
    loads = [a_queued_load(content, client) for content in files]
    failures: list[BaseException] = []

    def work(load: Load, content: str) -> None:
        try:
            run(load, content)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=each) for each in zip(loads, files, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    for load in loads:
        load.refresh_from_db()
    assert (sum(load.added for load in loads), sum(load.unchanged for load in loads)) == (300, 300)
    assert not list(book_discrepancies())


def test_a_load_that_another_run_has_is_left_alone() -> None:
    load = a_queued_load()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with session_lock(f"trading.load:{load.pk}"):
            held.set()
            done.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    try:
        with refused(LoadBusy):
            run(load)
    finally:
        done.set()
        holder.join(10)


def test_a_batch_from_elsewhere_in_the_file_is_refused() -> None:
    load = a_queued_load()
    (batch,) = read_batches(io.BytesIO(FILE.encode()), rows=100)
    load_batch(load.pk, batch, actor=ACTOR)
    with refused(LoadMovedOn):
        load_batch(load.pk, batch, actor=ACTOR)
    finish_load(load.pk, actor=ACTOR)
    with nothing_changes():
        finish_load(load.pk, actor=ACTOR)


def test_what_is_not_read_to_its_end_cannot_be_finished() -> None:
    load = a_queued_load()
    with refused(LoadMovedOn):
        finish_load(load.pk, actor=ACTOR)


def test_a_file_that_became_shorter_fails_and_keeps_what_came() -> None:
    load = run(a_queued_load(), FILE[:-30])
    assert load.status == "failed"
    assert load.failure == f"The file ends at byte {len(FILE) - 30} and had {len(FILE)} when it was queued."
    assert timeline(load.pk) == ["load.queued", "load.failed"]
    with refused(LoadFileChanged):
        queue_load(load.pk, size=len(FILE) + 1, actor=ACTOR)


def test_a_failed_load_may_be_queued_again() -> None:
    load = a_queued_load()
    fail_load(load.pk, failure="The store is gone.", actor=ACTOR)
    again = queue_load(load.pk, size=len(FILE), actor=ACTOR)
    assert (again.status, again.failure, again.finished_at) == ("queued", "", None)
    assert counters(run(again)) == (4, 0, 1)


def test_queueing_twice_changes_nothing() -> None:
    load = a_queued_load()
    with nothing_changes():
        queue_load(load.pk, size=9, actor=ACTOR)


def test_a_finished_load_is_never_run_again_nor_fails() -> None:
    load = loaded()
    before = everything()
    assert run(load).status == "finished"
    with pytest.raises(OperationRefused):
        fail_load(load.pk, failure="No.", actor=ACTOR)
    assert everything() == before


def test_unknown_loads_are_not_found() -> None:
    unknown = a_client().pk
    with pytest.raises(NotFound):
        queue_load(unknown, size=1, actor=ACTOR)
    with pytest.raises(NotFound):
        finish_load(unknown, actor=ACTOR)
    with pytest.raises(NotFound):
        fail_load(unknown, failure="No.", actor=ACTOR)


def test_a_batch_takes_as_many_statements_for_a_thousand_rows_as_for_one() -> None:
    client = a_client()
    a_book_order(client, symbol="JPM")

    def statements(content: str) -> int:
        load = a_queued_load(content, client)
        (batch,) = read_batches(io.BytesIO(content.encode()), rows=10_000)
        with CaptureQueriesContext(connection) as captured:
            load_batch(load.pk, batch, actor=ACTOR)
        return len(captured)

    assert statements("x,JPM,Buy,1,1\n") == statements(rows_of(1000)) <= 10
