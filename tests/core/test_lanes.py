"""Lanes: a deadline that cuts off, a lease that lives as long as its relay, places shared fairly, targets from rows."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.deadlines import DeadlineExceeded, deadline
from core.events import Envelope
from core.lanes import HANDLERS, LANES, MAIL, Lane, lane_named
from core.locks import session_place
from core.log import Viewer
from core.models import RELAY_ID, Delivery, Event, OutboxEntry, Relay
from core.relay import (
    HeldBack,
    Target,
    Undeliverable,
    claim,
    deliver_batch,
    fan_out,
    oldest_undelivered,
    register_source,
    replay_dead_letters,
    run_relay,
    subscribe,
    targets,
)
from core.tasks import RELAY_SECONDS, relay
from tests.core.children import wait_until
from tests.core.test_relay import ACTOR, make_due
from tests.factories.core import an_event

QUICK = Lane(
    name="test", concurrency=3, per_target=1, batch=10, deadline=5.0, lease=0.6, max_attempts=9, backoff_base=0.05
)


@pytest.fixture(autouse=True)
def no_other_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "_subscriptions", {})
    monkeypatch.setattr(targets, "_sources", {})
    monkeypatch.setattr("core.relay.batches.LOOK", 0.1)


class Rows:
    """A source with as many targets as there are rows, here in a list."""

    prefix = "row"
    lane = QUICK

    def __init__(self, *rows: Target) -> None:
        self.rows = list(rows)
        self.heard: defaultdict[str, list[int]] = defaultdict(list)
        self.hanging: set[str] = set()
        self.left_alone: set[str] = set()
        self.holds_back: set[str] = set()
        self.released = threading.Event()
        self._lock = threading.Lock()

    def targets(self) -> Iterable[Target]:
        return self.rows

    def held(self) -> Collection[str]:
        return self.left_alone

    def deliver(self, key: str, event: Envelope) -> None:
        if key in self.holds_back:
            raise HeldBack
        if key in self.hanging:
            self.released.wait(30)
        with self._lock:
            self.heard[key].append(event.version)


def listen(handler: Callable[[Envelope], None], lane: Lane = QUICK, name: str = "test.handler") -> None:
    def hear(event: Envelope) -> None:
        handler(event)

    subscribe("order.*", name=name, lane=lane)(hear)


@contextmanager
def relays(count: int, lane: Lane = QUICK, hanging: threading.Event | None = None) -> Iterator[None]:
    """So many at work until the block ends, when those that hang until `hanging` is set go on."""
    over = threading.Event()

    def work() -> None:
        try:
            while not over.is_set():
                run_relay(lane)
                time.sleep(0.02)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if hanging is not None:
            hanging.set()
        for thread in threads:
            thread.join(30)


class TestDeadlines:
    def test_what_takes_too_long_is_cut_off(self) -> None:
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded), deadline(0.2):
            time.sleep(20)
        assert time.monotonic() - began < 5

    def test_swallowing_every_exception_is_no_way_to_go_on(self) -> None:
        def swallow() -> None:
            while True:
                with suppress(Exception):
                    time.sleep(20)

        with pytest.raises(DeadlineExceeded), deadline(0.2):
            swallow()

    def test_what_was_quick_enough_is_not_cut_off_later(self) -> None:
        with deadline(0.05):
            pass
        time.sleep(0.1)

    @pytest.mark.django_db(transaction=True)
    def test_a_handler_that_hangs_is_cut_off_and_tried_again(self) -> None:
        listen(lambda _: time.sleep(20))
        an_event()
        fan_out()
        deliver_batch(replace(QUICK, deadline=0.3))
        delivery = Delivery.objects.get()
        assert (delivery.status, delivery.attempts) == ("pending", 1)
        assert delivery.last_error == "DeadlineExceeded: cut off after 0.3 s"

    @pytest.mark.django_db(transaction=True)
    def test_one_that_waits_for_the_database_is_cut_off_and_its_connection_stays_good(self) -> None:
        def wait_for_ever(_: Envelope) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(20)")

        listen(wait_for_ever)
        an_event()
        fan_out()
        session = backend()
        deliver_batch(replace(QUICK, deadline=0.3))
        assert Delivery.objects.get().status == "pending"
        assert backend() == session


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def slow(seconds: float, heard: list[int]) -> Callable[[Envelope], None]:
    def hear(event: Envelope) -> None:
        time.sleep(seconds)
        heard.append(event.version)

    return hear


@pytest.mark.django_db(transaction=True)
class TestRenewal:
    def test_a_lease_lives_as_long_as_its_relay_is_within_the_deadline(self) -> None:
        heard: list[int] = []
        listen(slow(1.5, heard))
        an_event()
        with relays(3):
            wait_until(lambda: Delivery.objects.filter(status="done").exists())
        assert heard == [1]
        assert Delivery.objects.get().attempts == 1

    def test_control_one_that_is_not_renewed_is_another_s(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("core.relay.batches.renew", lambda *_: None)
        heard: list[int] = []
        listen(slow(1.5, heard))
        an_event()
        with relays(3):
            wait_until(lambda: Delivery.objects.filter(status="done").exists())
        assert len(heard) > 1

    def test_beyond_the_deadline_it_runs_out_though_the_handler_cannot_be_cut_off(self) -> None:
        """As in C code that never looks: here in a thread, which no alarm reaches."""
        begun: list[int] = []

        def hang(event: Envelope) -> None:
            begun.append(event.version)
            time.sleep(1.6)

        listen(hang)
        an_event()
        with relays(2, replace(QUICK, deadline=0.5)):
            wait_until(lambda: len(begun) == 2, 3)

    def test_a_claim_that_ends_without_an_outcome_is_due_after_its_lease_and_later_each_time(self) -> None:
        lane = replace(QUICK, lease=0.2, backoff_base=10.0, backoff_cap=1000.0)
        listen(lambda _: None)
        an_event()
        fan_out()
        pauses = []
        for _ in range(3):
            before = timezone.now()
            (claimed,) = claim(lane)
            pauses.append(round((claimed.available_at - before).total_seconds()))
            Delivery.objects.update(available_at=before, lease_until=before)
        assert pauses == [10, 20, 40]


@pytest.mark.django_db(transaction=True)
class TestFairness:
    def test_a_target_that_hangs_costs_the_others_nothing(self) -> None:
        rows = self.one_of_ten_hangs(QUICK)
        with relays(QUICK.concurrency, QUICK, rows.released):
            wait_until(lambda: Delivery.objects.filter(status="claimed").exists())
            time.sleep(0.5)
            self.something_happens_for_the_nine()
            wait_until(lambda: len(rows.heard) == 9, 2)

    def test_control_one_that_may_take_every_place_holds_them_up(self) -> None:
        lane = replace(QUICK, per_target=QUICK.concurrency)
        rows = self.one_of_ten_hangs(lane)
        with relays(lane.concurrency, lane, rows.released):
            wait_until(lambda: Delivery.objects.filter(status="claimed").count() == lane.concurrency)
            self.something_happens_for_the_nine()
            time.sleep(2)
            assert len(rows.heard) == 0

    def test_what_waits_behind_a_slow_one_goes_to_another_relay(self) -> None:
        heard: list[uuid.UUID] = []
        hang = threading.Event()
        first = an_event()

        def hear(event: Envelope) -> None:
            if event.id == first.pk:
                hang.wait(20)
            heard.append(event.id)

        listen(hear)
        others = {an_event().pk for _ in range(5)}
        lane = replace(QUICK, per_target=2)
        with relays(2, lane, hang):
            wait_until(lambda: set(heard) == others, 3)
        assert set(heard) == {first.pk, *others}

    def test_what_was_done_before_a_slow_one_is_written_while_it_is_at_work(self) -> None:
        """So that what comes next of its subject needn't wait for the slow one."""
        hang = threading.Event()
        quick, slow_one = an_event(), an_event()

        def hear(event: Envelope) -> None:
            if event.id == slow_one.pk:
                hang.wait(20)

        listen(hear)
        with relays(1, QUICK, hang):
            wait_until(lambda: Delivery.objects.filter(event=quick, status="done").exists(), 3)
            assert Delivery.objects.get(event=slow_one).status == "claimed"

    def test_claims_that_come_together_keep_to_the_places_of_a_target(self) -> None:
        listen(lambda _: None)
        for _ in range(30):
            an_event()
        fan_out()
        lane, claimed = replace(QUICK, batch=1, per_target=2), []

        def take() -> None:
            claimed.extend(claim(lane))
            connection.close()

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(claimed) == 2

    @staticmethod
    def one_of_ten_hangs(lane: Lane) -> Rows:
        """Twenty events for it; the other nine hear another type."""
        rows = Rows(Target("row:0", ("order.slow",)), *(Target(f"row:{n}", ("order.quick",)) for n in range(1, 10)))
        rows.lane = lane
        rows.hanging = {"row:0"}
        register_source(rows)
        for _ in range(20):
            an_event(type_="order.slow")
        return rows

    @staticmethod
    def something_happens_for_the_nine() -> None:
        for _ in range(3):
            an_event(type_="order.quick")


@pytest.mark.django_db
class TestTargetsFromRows:
    def test_rows_hear_from_the_moment_they_are_there(self) -> None:
        rows = Rows()
        register_source(rows)
        subject = uuid.uuid4()
        an_event(subject, 1)
        fan_out()
        rows.rows = [Target("row:a", ("order.*",)), Target("row:b", ("order.shipped",))]
        an_event(subject, 2)
        an_event(subject, 3, "order.shipped")
        while run_relay(QUICK):
            pass
        assert rows.heard == {"row:a": [2, 3], "row:b": [3]}
        assert set(Delivery.objects.values_list("lane", "status")) == {("test", "done")}

    def test_a_row_of_one_client_hears_of_its_own_alone(self) -> None:
        mine, other = uuid.uuid4(), uuid.uuid4()
        target = Target("row:a", ("order.*",), viewer=Viewer(mine))
        heard = []
        for owner in (mine, other, None):
            event = Event(type="order.created")
            vars(event)["client_id"] = owner
            heard.append(target.hears(event))
        assert heard == [True, False, False]

    def test_one_that_is_to_be_left_alone_is_not_claimed_and_what_its_source_holds_back_counts_for_nothing(
        self,
    ) -> None:
        rows = Rows(Target("row:a", ("order.*",)), Target("row:b", ("order.*",)))
        register_source(rows)
        rows.left_alone = {"row:a"}
        an_event()
        an_event()
        while run_relay(QUICK):
            pass
        assert rows.heard == {"row:b": [1, 1]}
        rows.left_alone, rows.holds_back = set(), {"row:a"}
        assert deliver_batch(QUICK) == 2
        waiting = Delivery.objects.filter(target="row:a").values_list("status", "attempts", "token", "last_error")
        assert set(waiting) == {("pending", 0, None, "")}
        rows.holds_back = set()
        deliver_batch(QUICK)
        assert rows.heard["row:a"] == [1, 1]

    def test_a_row_that_is_gone_is_tried_again_and_given_up(self) -> None:
        register_source(Rows(Target("row:a", ("order.*",))))
        an_event()
        fan_out()
        targets._sources.clear()
        for _ in range(QUICK.max_attempts or 0):
            make_due()
            deliver_batch(QUICK)
        delivery = Delivery.objects.get()
        assert (delivery.status, delivery.last_error) == ("dead", "LookupError: nobody is registered as 'row:a'")

    def test_a_prefix_is_one_source_s_and_its_keys_begin_with_it(self) -> None:
        register_source(Rows(Target("other:a", ("order.*",))))
        with pytest.raises(ValueError, match="registered already"):
            register_source(Rows())
        an_event()
        with pytest.raises(ValueError, match="no key of 'row'"):
            fan_out()


@pytest.mark.django_db
class TestGivingUp:
    def test_a_relay_works_in_its_own_lane_only(self) -> None:
        heard: list[str] = []
        listen(lambda _: heard.append("quick"), QUICK, "test.quick")
        listen(lambda _: heard.append("mail"), MAIL, "test.mail")
        an_event()
        run_relay(MAIL)
        assert heard == ["mail"]
        run_relay(QUICK)
        assert heard == ["mail", "quick"]

    def test_what_no_repeat_will_help_is_a_dead_letter_at_once(self) -> None:
        def refuse(_: Envelope) -> None:
            raise Undeliverable("Never.")

        listen(refuse)
        an_event()
        fan_out()
        deliver_batch(QUICK)
        assert list(Delivery.objects.values_list("status", "attempts", "last_error")) == [("dead", 1, "Never.")]

    def test_patience_counts_from_the_queue_and_anew_from_a_replay(self) -> None:
        lane = replace(QUICK, max_attempts=None, patience=dt.timedelta(days=3))
        listen(lambda _: (_ for _ in ()).throw(RuntimeError("no")), lane)
        an_event()
        fan_out()
        Delivery.objects.update(queued_at=timezone.now() - dt.timedelta(days=4))
        deliver_batch(lane)
        assert Delivery.objects.get().status == "dead"  # It had one attempt, however late.
        replay_dead_letters([Delivery.objects.get().pk], actor=ACTOR)
        deliver_batch(lane)
        assert Delivery.objects.get().status == "pending"

    def test_a_lane_that_would_try_for_ever_cannot_be_declared(self) -> None:
        with pytest.raises(ValueError, match="for ever"):
            Lane(name="x", concurrency=1, per_target=1, batch=1, deadline=1.0)

    def test_replaying_is_an_event_of_the_relay_and_names_who_did_it(self) -> None:
        def refuse(_: Envelope) -> None:
            raise Undeliverable("Never.")

        listen(refuse)
        before = an_event()
        fan_out()
        deliver_batch(QUICK)
        dead = Delivery.objects.get()
        assert replay_dead_letters([dead.pk, 0], actor=ACTOR) == 1
        assert replay_dead_letters([dead.pk], actor=ACTOR) == 0
        event = Event.objects.exclude(pk=before.pk).get()
        assert (event.type, event.subject_id, event.version) == ("relay.replayed", RELAY_ID, 1)
        assert (event.actor_name, event.data) == ("test", {"deliveries": [dead.pk]})
        assert Relay.objects.get().version == 1


@pytest.mark.django_db
class TestWatching:
    def test_monitoring_learns_since_when_the_oldest_of_each_lane_waits(self) -> None:
        listen(lambda _: None, MAIL)
        an_event()
        an_event()
        fan_out()
        long_ago = timezone.now() - dt.timedelta(hours=2)
        Delivery.objects.filter(pk=Delivery.objects.order_by("id")[0].pk).update(queued_at=long_ago)
        assert {each.lane: each.since for each in oldest_undelivered()} == {
            "handlers": None, "mail": long_ago, "payments": None, "webhooks": None,
        }  # fmt: skip
        run_relay(MAIL)
        assert {each.since for each in oldest_undelivered()} == {None}


@pytest.mark.django_db(transaction=True)
class TestPlaces:
    def test_a_lane_has_so_many_relays_and_who_finds_no_place_fans_out_for_the_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("core.tasks.RELAY_LINGER", 0.0)
        heard: list[int] = []
        listen(lambda event: heard.append(event.version), HANDLERS)
        with taken("core.relay:handlers", HANDLERS.concurrency):
            an_event()
            assert relay("handlers") == 1
            assert (heard, OutboxEntry.objects.exists()) == ([], False)
        assert relay("handlers") == 1
        assert heard == [1]

    def test_every_task_ends_well_before_celery_kills_it(self) -> None:
        for lane in LANES:
            assert (
                RELAY_SECONDS + lane.deadline < settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT
            )
            assert lane_named(lane.name) is lane
        assert MAIL.deadline > settings.EMAIL_TIMEOUT + settings.EMAIL_ANSWER_TIMEOUT

    def test_each_lane_has_its_queue_and_sweep_and_sinks_and_jobs_have_theirs(self) -> None:
        queues = {queue.name for queue in settings.CELERY_TASK_QUEUES}
        assert queues == {"handlers", "mail", "payments", "webhooks", "sinks", "jobs"}
        swept = {entry["args"][0]: entry["options"]["queue"] for entry in sweeps()}
        assert swept == {name: name for name in ("handlers", "mail", "payments", "webhooks")}
        assert settings.CELERY_TASK_DEFAULT_QUEUE == "jobs"


def sweeps() -> list[dict]:
    return [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == "core.tasks.relay"]


@contextmanager
def taken(name: str, places: int) -> Iterator[None]:
    """By so many other sessions."""
    over, ready = threading.Event(), threading.Barrier(places + 1)

    def hold() -> None:
        with session_place(name, places=places):
            ready.wait(10)
            over.wait(20)
        connection.close()

    threads = [threading.Thread(target=hold) for _ in range(places)]
    for thread in threads:
        thread.start()
    ready.wait(10)
    yield
    over.set()
    for thread in threads:
        thread.join()
