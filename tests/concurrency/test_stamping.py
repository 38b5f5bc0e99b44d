"""Two fan-outs of the outbox at once: one stamps, the other leaves it to that, so that positions and versions agree."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from core.log import stamping
from core.models import Event, LogEntry, OutboxEntry
from core.relay import fan_out
from tests.concurrency.racing import race
from tests.core.children import wait_until
from tests.factories.core import an_event

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 60


def many_events() -> None:
    for _ in range(EVENTS):
        an_event()


def fan_out_all() -> int:
    total = 0
    while taken := fan_out(limit=7):
        total += taken
    return total


def test_four_fan_outs_at_once_give_each_event_one_position_without_gaps() -> None:
    many_events()
    outcomes = race([fan_out_all] * 4, threads=4)
    assert sum(taken for taken in outcomes if isinstance(taken, int)) == EVENTS
    assert list(LogEntry.objects.order_by("position").values_list("position", flat=True)) == [*range(1, EVENTS + 1)]
    assert LogEntry.objects.values("event").distinct().count() == EVENTS


def test_whoever_meets_a_fan_out_leaves_the_events_to_it_and_waits_for_nobody() -> None:
    an_event()
    stamping_now, over = threading.Event(), threading.Event()

    def stamp_for_long() -> None:
        with transaction.atomic():
            stamping.be_the_stamper()
            stamping_now.set()
            over.wait(10)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(race, [stamp_for_long], threads=1)
        assert stamping_now.wait(20)
        assert fan_out() == 0
        over.set()
        assert other.result(20) == [None]
    assert fan_out() == 1


def stamp_beside(stamper: Callable[[], None]) -> list[int | Exception]:
    """What becomes of two who stamp an event each, the second beginning while the first hasn't committed."""
    first, second = an_event(), an_event()
    OutboxEntry.objects.all().delete()
    stamped, begun = threading.Event(), threading.Event()

    def slow() -> int:
        with transaction.atomic():
            stamper()
            stamping.stamp([first])
            stamped.set()
            assert begun.wait(20)
            wait_until(someone_waits)
        return LogEntry.objects.get(event=first).position

    def quick() -> int:
        assert stamped.wait(20)
        with transaction.atomic():
            begun.set()
            stamper()
            stamping.stamp([Event.objects.get(pk=second.pk)])
        return LogEntry.objects.get(event=second).position

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(race, [act], threads=1) for act in (slow, quick)]
        return [outcome.result(40)[0] for outcome in outcomes]


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_who_stamps_waits_for_who_stamps() -> None:
    assert stamp_beside(stamping.be_the_stamper) == [1, 2]


def test_control_without_the_stampers_lock_both_take_the_same_position() -> None:
    first, second = stamp_beside(lambda: None)
    assert first == 1
    assert isinstance(second, IntegrityError)
