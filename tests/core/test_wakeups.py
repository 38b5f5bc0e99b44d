"""Hints to the relay: one goes out now and then, and a broker that is down holds nobody up."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from celery import current_app
from celery.utils.nodenames import anon_nodename
from django.conf import settings as django_settings
from pytest_django import Settings

from core.lanes import SINKS
from core.wakeups import HINT_INTERVAL, wake_relay, wake_sinks

QUEUE = "handlers"


@pytest.fixture
def hints_on(settings: Settings) -> None:
    settings.RELAY_HINTS = True


@pytest.fixture
def broker(hints_on: None) -> Iterator[redis.Redis]:
    """The test's own broker, with nothing in its queue."""
    store = redis.Redis.from_url(django_settings.CELERY_BROKER_URL)
    store.delete(QUEUE)
    yield store
    store.delete(QUEUE)


@pytest.fixture
def dead_broker(hints_on: None) -> Iterator[None]:
    working = current_app.conf.broker_url
    current_app.conf["broker_url"] = "redis://127.0.0.1:1/0"
    yield
    current_app.conf["broker_url"] = working


def in_a_new_thread(work: Callable[[], None]) -> float:
    """Seconds that it took. Hints are spaced and connected by thread, so a new one begins afresh."""
    began = time.monotonic()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    return time.monotonic() - began


def hints(broker: redis.Redis) -> int:
    """Those of this process: a server that another test has running may leave its own beside them."""
    waiting = [json.loads(message) for message in broker.lrange(QUEUE, 0, -1)]
    return sum(message["headers"]["origin"] == anon_nodename() for message in waiting)


def test_a_burst_sends_one_hint_and_the_next_follows_later(broker: redis.Redis) -> None:
    sent: list[int] = []

    def burst() -> None:
        for _ in range(50):
            wake_relay()
        sent.append(hints(broker))
        time.sleep(HINT_INTERVAL)
        wake_relay()
        sent.append(hints(broker))

    took = in_a_new_thread(burst)
    # One for each interval that the burst went on for: a busy machine may stretch it beyond one.
    assert 1 <= sent[0] <= 1 + took // HINT_INTERVAL
    assert sent[1] == sent[0] + 1


def test_a_broker_that_is_down_holds_up_nobody_and_raises_nothing(dead_broker: None) -> None:
    def burst() -> None:
        for _ in range(50):
            wake_relay()

    assert in_a_new_thread(burst) < 2


def test_a_broker_that_accepts_and_never_answers_holds_up_one_request_shortly(hints_on: None) -> None:
    working = current_app.conf.broker_url
    raised: list[Exception] = []

    def burst() -> None:
        try:
            for _ in range(50):
                wake_relay()
        except Exception as error:
            raised.append(error)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        current_app.conf["broker_url"] = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        try:
            assert in_a_new_thread(burst) < 4
        finally:
            current_app.conf["broker_url"] = working
    assert raised == []


def test_hints_can_be_off(broker: redis.Redis, settings: Settings) -> None:
    settings.RELAY_HINTS = False
    in_a_new_thread(wake_relay)
    assert broker.llen(QUEUE) == 0


def test_a_log_that_has_grown_wakes_each_sink_in_their_queue(broker: redis.Redis, settings: Settings) -> None:
    settings.EVENT_SINKS = {"erp": object(), "lake": object()}
    broker.delete(SINKS)
    in_a_new_thread(wake_sinks)
    waiting = [json.loads(message)["headers"] for message in broker.lrange(SINKS, 0, -1)]
    mine = [(each["task"], each["argsrepr"]) for each in waiting if each["origin"] == anon_nodename()]
    assert sorted(mine) == [("core.tasks.work_sink", "('erp',)"), ("core.tasks.work_sink", "('lake',)")]
    broker.delete(SINKS)
