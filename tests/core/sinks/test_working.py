"""Workers at sinks: what is held, sent, moved and tried again."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from structlog.testing import capture_logs

from core.models import Sink, SinkHour
from core.sinks import working
from core.sinks.actions import pause_sink, reposition_sink
from core.sinks.working import LEASE, LostHold, purge_hours, take, work
from core.tasks import work_sink
from tests.core.sinks.sinks import Remembering, a_sink_of, logged, row
from tests.factories.core import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = a_sink_of("memory://good")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    Remembering.sent.clear()
    Remembering.closed.clear()
    yield
    Remembering.sent.clear()


def positions(host: str = "good") -> list[int]:
    return [position for position, _ in Remembering.sent.get(host, [])]


def test_a_sink_is_sent_the_log_in_order_once_and_stands_at_its_end() -> None:
    events = logged(7)
    assert work(GOOD) == 7
    assert Remembering.sent["good"] == [(number, event.id) for number, event in enumerate(events, 1)]
    assert (row().position, row().token, row().lease_until) == (7, None, None)
    assert work(GOOD) == 0
    assert positions() == [1, 2, 3, 4, 5, 6, 7]
    assert Remembering.closed == ["good"]


def test_batches_are_as_large_as_the_setting_says() -> None:
    logged(5)
    assert work(a_sink_of("memory://good?batch=2")) == 5
    assert positions() == [1, 2, 3, 4, 5]


def test_a_batch_takes_four_statements_however_large() -> None:
    logged(40)
    work(a_sink_of("memory://good?types=nothing.*"))
    Sink.objects.update(position=40)
    logged(40)
    with CaptureQueriesContext(connection) as small:
        work(a_sink_of("memory://good?batch=40"))
    logged(200)
    with CaptureQueriesContext(connection) as large:
        work(a_sink_of("memory://good?batch=200"))
    # Held and looked at; read and moved; read again; released.
    assert len(small) == len(large) == 2 + 3 + 1 + 1


def test_a_sink_of_some_types_passes_the_others_without_connecting() -> None:
    logged(2, "stock.received")
    assert work(a_sink_of("memory://down?types=order.*")) == 0
    assert (row().position, row().failing_since, row().confirmed_at) == (2, None, None)
    logged(2)
    logged(1, "stock.received")
    assert work(a_sink_of("memory://good?types=order.*")) == 2
    assert (positions(), row().position) == ([3, 4], 5)


def test_a_sink_that_is_down_waits_at_its_position_and_another_goes_on() -> None:
    logged(3)
    down = a_sink_of("memory://ann:pa%20ss@down", "down")
    before = timezone.now()
    with capture_logs() as logs:
        assert work(down) == 0
    assert work(GOOD) == 3
    failing = row("down")
    assert failing.last_error == "ConnectionRefusedError: nobody listens at memory://ann:***@down"
    assert (failing.position, failing.failures, failing.token) == (0, 1, None)
    assert failing.failing_since is not None
    assert failing.next_try_at is not None
    assert before < failing.failing_since
    assert before < failing.next_try_at < timezone.now() + dt.timedelta(seconds=1)
    assert [(log["event"], log["sink"], log["place"], log["position"]) for log in logs] == [
        ("sink_failed", "down", "memory://down", 0)
    ]


def test_a_failing_sink_is_tried_again_after_its_pause_and_not_before() -> None:
    logged(1)
    down = a_sink_of("memory://down")
    work(down)
    first = row()
    Sink.objects.update(next_try_at=timezone.now() + dt.timedelta(seconds=5))
    assert work(GOOD) == 0
    Sink.objects.update(next_try_at=timezone.now())
    work(down)
    assert (row().failures, row().failing_since) == (2, first.failing_since)
    Sink.objects.update(next_try_at=timezone.now())
    assert work(GOOD) == 1
    assert (row().failures, row().failing_since, row().next_try_at, row().last_error) == (0, None, None, "")


def test_what_is_confirmed_and_what_fails_is_counted_by_the_hour() -> None:
    with time_machine.travel("2026-05-04T10:59:30Z"):
        logged(3)
        work(a_sink_of("memory://good?batch=2"))
        logged(4)
        work(a_sink_of("memory://full-after-two"))
    with time_machine.travel("2026-05-04T11:00:30Z"):
        work(GOOD)
        work(a_sink_of("memory://good?types=nothing.*"))
    counted = SinkHour.objects.order_by("hour").values_list("sink__name", "hour__hour", "events", "failures")
    assert list(counted) == [("test", 10, 5, 1), ("test", 11, 2, 0)]
    with time_machine.travel("2026-06-03T10:30:00Z"):
        assert (purge_hours(), purge_hours()) == (1, 0)


def test_nothing_is_counted_of_a_batch_after_which_the_sink_was_another_s() -> None:
    logged(3)
    hold = take("test")
    assert hold is not None
    Sink.objects.update(repositions=1)
    with pytest.raises(LostHold):
        hold.move(3, sent=3)
    Sink.objects.update(token=uuid.uuid4())
    hold.fail("down")
    assert not SinkHour.objects.exists()


def test_pauses_grow_up_to_a_cap_and_are_random(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def longest(least: float, most: float) -> float:
        asked.append((least, most))
        return most

    monkeypatch.setattr(random, "uniform", longest)
    logged(1)
    for _ in range(8):
        work(a_sink_of("memory://down"))
        Sink.objects.update(next_try_at=timezone.now())
    assert asked == [(0, pause) for pause in (1, 2, 4, 8, 16, 30, 30, 30)]


def test_what_the_broker_took_of_a_batch_is_not_sent_again() -> None:
    logged(5)
    assert work(a_sink_of("memory://full-after-two")) == 2
    assert (row().position, row().failures, row().last_error) == (2, 1, "full")
    Sink.objects.update(next_try_at=timezone.now())
    assert work(GOOD) == 3
    assert positions("full-after-two") + positions("good") == [1, 2, 3, 4, 5]


def test_a_broker_that_hangs_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "CUT_OFF", 0.2)
    logged(1)
    assert work(a_sink_of("memory://hangs")) == 0
    assert (row().position, row().last_error) == (0, "DeadlineExceeded: cut off after 0.2 s")


def test_only_one_worker_has_a_sink() -> None:
    logged(1)
    hold = take("test")
    assert hold is not None
    assert take("test") is None
    assert work(GOOD) == 0
    hold.release()
    assert work(GOOD) == 1


def test_the_sink_of_a_worker_that_died_is_another_s_after_the_lease() -> None:
    logged(1)
    dead = take("test")
    assert dead is not None
    until = row().lease_until
    assert until is not None
    assert LEASE - 1 < (until - timezone.now()).total_seconds() <= LEASE
    Sink.objects.update(lease_until=timezone.now())
    assert work(GOOD) == 1
    with pytest.raises(LostHold):
        dead.move(1)
    dead.release()
    assert row().position == 1


def test_what_was_confirmed_counts_though_somebody_paused_meanwhile() -> None:
    logged(2)
    hold = take("test")
    assert hold is not None
    pause_sink(row().pk, actor=ACTOR)
    with pytest.raises(LostHold):
        hold.move(2, sent=2)
    assert row().position == 2
    hold.release()
    logged(1)
    assert work(GOOD) == 0


def test_what_was_confirmed_does_not_count_once_somebody_repositioned() -> None:
    logged(3)
    work(GOOD)
    hold = take("test")
    assert hold is not None
    reposition_sink(row().pk, after=1, actor=ACTOR)
    with pytest.raises(LostHold):
        hold.move(3)
    hold.release()
    assert row().position == 1
    assert work(GOOD) == 2
    assert positions() == [1, 2, 3, 2, 3]


def test_a_worker_that_lingers_keeps_its_lease_and_sees_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_RENEWED_AFTER", 0.0)
    hold = take("test")
    assert hold is not None
    Sink.objects.update(lease_until=timezone.now())
    hold.renew()
    until = row().lease_until
    assert until is not None
    assert (until - timezone.now()).total_seconds() > LEASE - 1
    pause_sink(row().pk, actor=ACTOR)
    with pytest.raises(LostHold):
        hold.renew()


def test_the_task_leaves_a_sink_alone_that_the_settings_have_no_more(settings: object) -> None:
    logged(1)
    assert work_sink("gone") == 0
    assert not Sink.objects.exists()
