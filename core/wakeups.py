"""Wake-up hints to the relay and other sweeps, all that the broker carries, and to who reads the log as it grows.

One that is lost costs at most a sweep interval.
"""

from __future__ import annotations

import functools
import threading
import time

import redis
import structlog
from celery import current_app
from django.conf import settings
from kombu import Connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.lanes import HANDLERS, JOBS, SINKS

logger = structlog.get_logger(__name__)

HINT_INTERVAL = 4.0
"""Seconds between two hints of one thread.

Shorter than RELAY_LINGER, so that a relay is awake for what comes between.
"""

RELAY_LINGER = 5.0
"""Seconds that a woken relay goes on looking after it found nothing."""

OUTAGE_PAUSE = 10.0
"""Seconds without hints after one was lost, so that a broker that is down slows few requests; the sweep goes on."""


BROKER_TIMEOUT = 1.0
"""Seconds that a hint waits for Redis."""

LOG_CHANNEL = "quartermaster.log"
"""Where Redis tells that the log has grown."""


class _Hints(threading.local):
    def __init__(self) -> None:
        self.next_at: dict[tuple[str, ...], float] = {}
        self.paused_until: float = 0.0
        self.broker: Connection | None = None


_hints = _Hints()


def wake_relay() -> None:
    """Hint that there are events to relay. Never raises: without a broker the sweep finds them."""
    wake_lane(HANDLERS.name)


def wake_lane(lane: str) -> None:
    """Hint that there are deliveries in a lane. Never raises."""
    wake("core.tasks.relay", lane, queue=lane)


def wake_sinks() -> None:
    """Hint that the log has grown. Never raises."""
    for name in settings.EVENT_SINKS:
        wake_sink(name)


def wake_sink(name: str) -> None:
    """Hint that there is something to send to a sink. Never raises."""
    wake("core.tasks.work_sink", name, queue=SINKS)


def wake_listeners() -> None:
    """Hint to the feed processes that the log has grown. Never raises: they look every second, too."""
    hint, now = (LOG_CHANNEL,), time.monotonic()
    if now < _hints.next_at.get(hint, 0.0) or not settings.RELAY_HINTS:
        return
    try:
        _store(settings.REDIS_URL).publish(LOG_CHANNEL, "")
    except redis.RedisError as error:
        _hints.next_at[hint] = now + OUTAGE_PAUSE
        logger.warning("hint_lost", channel=LOG_CHANNEL, error=str(error))


@functools.cache
def _store(url: str) -> redis.Redis:
    timeouts = {"socket_timeout": BROKER_TIMEOUT, "socket_connect_timeout": BROKER_TIMEOUT}
    return redis.Redis.from_url(url, **timeouts, retry=Retry(NoBackoff(), 0))


def wake(task: str, *arguments: str, queue: str = JOBS) -> None:
    """Hint that a task, which a sweep runs too, has something to do. Never raises."""
    now, hint = time.monotonic(), (task, *arguments)
    if now < max(_hints.next_at.get(hint, 0.0), _hints.paused_until) or not settings.RELAY_HINTS:
        return
    _hints.next_at[hint] = now + HINT_INTERVAL
    try:
        current_app.send_task(task, arguments, queue=queue, connection=_broker(), retry=False, expires=60)
    except Exception as error:  # The work is committed: whatever the broker's library raises must not deny that.
        _hints.paused_until = now + OUTAGE_PAUSE
        logger.warning("hint_lost", task=task, error=str(error))


def _broker() -> Connection:
    """This thread's connection, which gives up at once: Celery's own would try for six seconds while a caller waits."""
    if _hints.broker is None:
        configured = current_app.conf.broker_transport_options
        timeouts = dict.fromkeys(configured.keys() & {"socket_timeout", "socket_connect_timeout"}, BROKER_TIMEOUT)
        options = {**configured, **timeouts, "max_retries": 0}
        _hints.broker = current_app.connection_for_write(transport_options=options)
    return _hints.broker
