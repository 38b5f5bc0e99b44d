"""A claimed batch under way, and the thread that watches over it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.db import Error, connection

from core.lanes import Lane
from core.models import Delivery
from core.relay.claims import complete_done, give_back, renew
from core.wakeups import wake_lane

logger = structlog.get_logger(__name__)

LOOK = 1.0
"""Seconds between two looks at the work; what took longer than this is slow."""

_KEPT = 0.2
"""Seconds for which it is kept that one is done; what comes next of its subject waits for that to be written."""


class Batch:
    """Deliveries claimed under one token, handed out one by one.

    As long as the one at work is within the lane's deadline, the lease is renewed. When it turns out to be slow, the
    others go back, so that another relay may take them. Those that are done are written together; if the process dies
    before, they are delivered again.
    """

    def __init__(self, deliveries: Sequence[Delivery], lane: Lane) -> None:
        self._rest = deque(deliveries)
        self._first = deliveries[0]
        self._lane = lane
        self._lock = threading.Lock()
        self._begun_at = self._renewed_at = time.monotonic()
        self._over = threading.Event()
        self._done: list[Delivery] = []
        self._done_since = 0.0

    def take(self) -> Delivery | None:
        """The next to attempt; None when none is left."""
        with self._lock:
            self._begun_at = time.monotonic()
            return self._rest.popleft() if self._rest else None

    def give_back(self) -> bool:
        """Unclaim what was not handed out; returns whether there was any."""
        with self._lock:
            rest = list(self._rest)
            self._rest.clear()
        if rest:
            give_back(rest)
        return bool(rest)

    def note_done(self, delivery: Delivery) -> None:
        """It is written soon, at the latest by `write_done`."""
        with self._lock:
            if not self._done:
                self._done_since = time.monotonic()
            self._done.append(delivery)
            is_due = time.monotonic() - self._done_since >= _KEPT
        if is_due:
            self.write_done()

    def write_done(self) -> None:
        """Write those that were noted and aren't written."""
        with self._lock:
            done, self._done = self._done, []
        if not done:
            return
        try:
            complete_done(*done)
        except Error:
            with self._lock:
                self._done[:0] = done
            raise

    @contextmanager
    def watched(self) -> Iterator[None]:
        watch = threading.Thread(target=self._watch, name="relay-watch", daemon=True)
        watch.start()
        try:
            yield
        finally:
            self._over.set()
            watch.join()

    def _watch(self) -> None:
        try:
            while not self._over.wait(LOOK):
                self._look()
        finally:
            connection.close()

    def _look(self) -> None:
        """Never raises: without the database the lease runs out, and the token decides."""
        now = time.monotonic()
        took = now - self._begun_at
        try:
            if took >= LOOK:
                self._make_room()
            if took <= self._lane.deadline and now - self._renewed_at >= self._lane.lease / 3:
                renew(self._first, self._lane)
                self._renewed_at = now
        except Error as error:
            logger.warning("lease_not_renewed", lane=self._lane.name, error=str(error))
            connection.close()

    def _make_room(self) -> None:
        """Nothing waits for the slow one that could go on without it."""
        self.write_done()
        if self.give_back():
            wake_lane(self._lane.name)
