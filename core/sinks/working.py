"""A worker at a sink: hold its row, read on from its position, send, move the position."""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from core.deadlines import DeadlineExceeded, deadline
from core.log import read
from core.models import Sink, SinkHour
from core.sinks.adapters import Adapter, Batch, Unconfirmed, connect
from core.sinks.configuration import SinkSettings

logger = structlog.get_logger(__name__)

CUT_OFF = 15.0
"""Seconds after which a call of an adapter is cut off, whatever it waits for."""

LEASE = 30.0
"""Seconds. A worker renews it before each call of an adapter, so that it outlasts that: whoever takes the sink over
never sends beside it, however slow it is."""

_RENEWED_AFTER = 5.0
_CLOSED_WITHIN = 3.0
_LOOK = 0.1
"""Seconds between two looks for something new."""

BACKOFF_BASE, BACKOFF_CAP = 1.0, 30.0

HOURS_KEPT = dt.timedelta(days=30)

# What the broker has confirmed counts though somebody paused the sink meanwhile, but not once it was repositioned.
_MOVE = """
WITH moved AS (
    UPDATE core_sink SET position = %(position)s, lease_until = %(lease_until)s, failures = 0, failing_since = NULL,
        next_try_at = NULL, last_error = '', confirmed_at = COALESCE(%(confirmed_at)s, confirmed_at)
    WHERE id = %(id)s AND token = %(token)s AND repositions = %(repositions)s
    RETURNING id, paused_at IS NULL AS goes_on
), counted AS (
    INSERT INTO core_sinkhour (sink_id, hour, events, failures)
    SELECT id, %(hour)s, %(sent)s, 0 FROM moved WHERE %(sent)s > 0
    ON CONFLICT (sink_id, hour) DO UPDATE SET events = core_sinkhour.events + EXCLUDED.events
)
SELECT goes_on FROM moved
"""

_FAILED = """
INSERT INTO core_sinkhour (sink_id, hour, events, failures) VALUES (%(id)s, %(hour)s, 0, 1)
ON CONFLICT (sink_id, hour) DO UPDATE SET failures = core_sinkhour.failures + 1
"""


class LostHold(Exception):
    """The sink is another worker's, or somebody paused or repositioned it: this worker is to stop."""


class Hold:
    """A sink's row, held by a token of this worker until it is released or the lease runs out."""

    def __init__(self, sink: Sink) -> None:
        self.position = sink.position
        self.sent = 0
        self._sink = sink
        self._renewed_at = time.monotonic()

    def renew(self) -> None:
        """Raises LostHold."""
        if time.monotonic() - self._renewed_at < _RENEWED_AFTER:
            return
        mine = self._mine().filter(paused_at=None, repositions=self._sink.repositions)
        if not mine.update(lease_until=_in(LEASE)):
            raise LostHold
        self._renewed_at = time.monotonic()

    def move(self, position: int, *, sent: int = 0) -> None:
        """To a position up to which nothing is left to send, for `sent` events were confirmed. Raises LostHold."""
        values = {
            "id": self._sink.pk,
            "token": self._sink.token,
            "repositions": self._sink.repositions,
            "position": position,
            "lease_until": _in(LEASE),
            "confirmed_at": timezone.now() if sent else None,
            "hour": _this_hour(),
            "sent": sent,
        }
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, values)
            row = cursor.fetchone()
        if row is not None:
            self.position, self._renewed_at, self._sink.failures = position, time.monotonic(), 0
            self.sent += sent
        if row is None or not row[0]:
            raise LostHold

    def fail(self, reason: str) -> None:
        """Note why, and when it is tried again: after a random part of a pause that doubles each time."""
        longest = min(BACKOFF_CAP, BACKOFF_BASE * 2 ** min(self._sink.failures, 30))
        with transaction.atomic(), connection.cursor() as cursor:
            is_mine = self._mine().update(
                failures=self._sink.failures + 1,
                failing_since=Coalesce("failing_since", Now()),
                last_error=reason.replace("\0", "")[:2000],
                next_try_at=_in(random.uniform(0, longest)),  # noqa: S311 - jitter, not a secret
            )
            if is_mine:
                cursor.execute(_FAILED, {"id": self._sink.pk, "hour": _this_hour()})

    def release(self) -> None:
        self._mine().update(token=None, lease_until=None)

    def _mine(self) -> QuerySet[Sink]:
        return Sink.objects.filter(pk=self._sink.pk, token=self._sink.token)


class _Failed(Exception):
    """The broker didn't take a batch, or only the beginning of it."""

    def __init__(self, reason: str, confirmed: int | None = None) -> None:
        super().__init__(reason)
        self.confirmed = confirmed


def work(sink: SinkSettings, *, seconds: float = 0.0, linger: float = 0.0) -> int:
    """Send what there is until nothing is left for `linger` seconds, beginning none after `seconds` (0: no end).

    Returns how many events the broker confirmed: 0 at once while another worker has the sink, or it is paused, or waits
    after a failure. A failure is noted in its row and logged, never raised.
    """
    hold = take(sink.name)
    if hold is None:
        return 0
    try:
        with suppress(LostHold):
            _work(hold, sink, seconds, linger)
    finally:
        hold.release()
    return hold.sent


def purge_hours(*, older_than: dt.timedelta = HOURS_KEPT) -> int:
    """Forget what sinks did in hours long ago; returns how many rows went."""
    gone, _ = SinkHour.objects.filter(hour__lt=timezone.now() - older_than).delete()
    return gone


def take(name: str) -> Hold | None:
    """The hold of the sink, whose row is made when there is none. None if it isn't to be had now."""
    now, token = timezone.now(), uuid.uuid4()
    free = Sink.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=now),
        Q(next_try_at=None) | Q(next_try_at__lte=now),
        name=name,
        paused_at=None,
    )
    lease: dict[str, Any] = {"token": token, "lease_until": _in(LEASE)}
    if not free.update(**lease):
        if Sink.objects.filter(name=name).exists():
            return None
        Sink.objects.bulk_create([Sink(name=name)], ignore_conflicts=True)
        if not free.update(**lease):
            return None
    return Hold(Sink.objects.get(name=name))


def _work(hold: Hold, sink: SinkSettings, seconds: float, linger: float) -> None:
    try:
        with ExitStack() as closing:
            _send_all(hold, sink, closing, seconds, linger)
    except _Failed as failure:
        reason = sink.without_secrets(str(failure))
        logger.warning("sink_failed", sink=sink.name, place=sink.place, position=hold.position, reason=reason)
        hold.fail(reason)


def _send_all(hold: Hold, sink: SinkSettings, closing: ExitStack, seconds: float, linger: float) -> None:
    """Connects when there is something to send."""
    started = idle_since = time.monotonic()
    adapter: Adapter | None = None
    while True:
        hold.renew()
        page = read(hold.position, limit=sink.batch, patterns=sink.types)
        now = time.monotonic()
        if page.events and adapter is None:
            adapter = closing.enter_context(_connected(sink))
            hold.renew()
        all_sent = True
        if page.events and adapter is not None:
            all_sent = _send(hold, adapter, [(position, event.envelope()) for position, event in page.events])
        if all_sent and page.reached > hold.position:  # past what the sink doesn't want
            hold.move(page.reached)
        elif not page.events and now - idle_since >= linger:
            return
        elif not page.events:
            time.sleep(_LOOK)
        if page.events:
            idle_since = time.monotonic()
        if seconds and now - started >= seconds:
            return


def _send(hold: Hold, adapter: Adapter, batch: Batch) -> bool:
    """Whether all of it is sent. Raises LostHold, _Failed."""
    try:
        with _cut_off():
            confirmed = adapter.send(batch)
    except _Failed as failure:
        if failure.confirmed is not None:
            hold.move(failure.confirmed, sent=_up_to(failure.confirmed, batch))
        raise
    hold.move(confirmed, sent=_up_to(confirmed, batch))
    return confirmed == batch[-1][0]


def _up_to(reached: int, batch: Batch) -> int:
    return sum(position <= reached for position, _ in batch)


@contextmanager
def _connected(sink: SinkSettings) -> Iterator[Adapter]:
    with _cut_off():
        adapter = connect(sink)
    try:
        yield adapter
    finally:
        with suppress(_Failed), _cut_off(_CLOSED_WITHIN):
            adapter.close()


@contextmanager
def _cut_off(seconds: float | None = None) -> Iterator[None]:
    """For a call of an adapter: whatever it raises, and what takes too long, is a _Failed."""
    try:
        with deadline(CUT_OFF if seconds is None else seconds):
            yield
    except Unconfirmed as error:
        raise _Failed(str(error), error.confirmed) from error
    except (Exception, DeadlineExceeded) as error:
        raise _Failed(f"{type(error).__name__}: {error}") from error


def _this_hour() -> dt.datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _in(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds)
