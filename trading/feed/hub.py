"""The hub: watches the books that somebody listens to, for all listeners of this process at once.

One thread with one database connection, and only while there are listeners. It compares states rather than hearing
of changes, so that whatever it missed while the database was away, it sees afterwards.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from math import inf

import structlog
from django.conf import settings
from django.db import connection

from trading.feed import messages
from trading.feed.reading import MOST_TRADES, Sides, Sight, read_books
from trading.models import Instrument

log = structlog.get_logger(__name__)

INTERVAL = 0.1
"""Seconds between two looks at the books."""


class NoSeat(Exception):
    """There are as many listeners as there may be: of one client (`of_client`), or in this process."""

    def __init__(self, *, of_client: bool, limit: int) -> None:
        super().__init__(f"{limit} listeners")
        self.of_client = of_client
        self.limit = limit


@dataclass(frozen=True)
class News:
    """How a book stands, and its trades after the last one that a listener had, as messages.

    `after` is the sequence of that last one, `newest` that of the newest. `missed` is the last of the trades between
    that are not kept any more, None when all are here. With `is_lost` the database doesn't answer, and nothing else
    is to be believed.
    """

    version: int
    is_lost: bool
    sides: Sides
    after: int
    newest: int
    trades: list[bytes]
    missed: int | None


class Watch:
    """One book that somebody listens to. Guarded by the hub's lock, which its condition shares."""

    def __init__(self, instrument: Instrument, lock: threading.Lock) -> None:
        self.instrument_id: uuid.UUID = instrument.pk
        self.symbol = instrument.symbol
        self.currency = instrument.currency
        self.changed = threading.Condition(lock)
        self.depths: Counter[int] = Counter()
        self.joined_at = -inf
        self.version = 0
        self.is_lost = False
        self.read_at = -inf
        self.newest = 0
        self._sides: Sides = {}
        self._trades: deque[tuple[int, bytes]] = deque()
        self._dropped = 0

    def see(self, sight: Sight, *, at: float) -> None:
        """Take over what was read by a statement that began `at`, and wake listeners if it is news to any."""
        is_news = self.is_lost or self.read_at < self.joined_at or bool(sight.trades) or sight.sides != self._sides
        self._sides, self.read_at, self.is_lost = sight.sides, at, False
        for seen in sight.trades:
            self._trades.append((seen.sequence, messages.trade(self.symbol, self.currency, seen)))
            self.newest = seen.sequence
        while len(self._trades) > MOST_TRADES:
            self._dropped, _ = self._trades.popleft()
        if is_news:
            self._tell()

    def lose(self) -> None:
        """The database didn't answer."""
        if not self.is_lost:
            self.is_lost = True
            self._tell()

    def news(self, after: int | None) -> News:
        """`after` is the sequence of the last trade that the listener had; None for one that wants only what comes."""
        after = self.newest if after is None else min(after, self.newest)
        newer = list(takewhile(lambda kept: kept[0] > after, reversed(self._trades)))
        return News(
            version=self.version,
            is_lost=self.is_lost,
            sides=self._sides,
            after=after,
            newest=self.newest,
            trades=[text for _, text in reversed(newer)],
            missed=self._dropped if after < self._dropped else None,
        )

    def _tell(self) -> None:
        self.version += 1
        self.changed.notify_all()


@dataclass(frozen=True)
class Seat:
    """A listener's place in the hub. What was read before it was taken is stale for it."""

    hub: Hub
    watch: Watch
    client_id: uuid.UUID
    depth: int
    taken_at: float

    def wait(self, seen: int, after: int | None, *, within: float) -> News | None:
        """What is new against the version `seen`, as soon as there is any, or None after so many seconds.

        Returns at once when the process is to end.
        """
        with self.watch.changed:
            self.watch.changed.wait_for(lambda: self._is_news(seen) or self.hub.is_ending(), within)
            return self.watch.news(after) if self._is_news(seen) else None

    def _is_news(self, seen: int) -> bool:
        watch = self.watch
        return watch.version != seen and (watch.is_lost or watch.read_at >= self.taken_at)


class Hub:
    """Seats for listeners, and the thread that watches for them."""

    def __init__(self) -> None:
        self.is_ending: Callable[[], bool] = lambda: False
        """Whether the process is about to end: the server that runs it says how to tell."""
        self._lock = threading.Lock()
        self._called = threading.Event()
        self._watches: dict[uuid.UUID, Watch] = {}
        self._seats: Counter[uuid.UUID] = Counter()
        self._thread: threading.Thread | None = None

    @property
    def listeners(self) -> int:
        return self._seats.total()

    def join(self, instrument: Instrument, client_id: uuid.UUID, *, depth: int) -> Seat:
        """A seat at the instrument's book, to be given back by leave(). Raises NoSeat."""
        with self._lock:
            self._require_room(client_id)
            watch = self._watches.setdefault(instrument.pk, Watch(instrument, self._lock))
            seat = Seat(self, watch, client_id, depth, time.monotonic())
            watch.joined_at = seat.taken_at
            watch.depths[depth] += 1
            self._seats[client_id] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
                self._thread.start()
        self._called.set()
        return seat

    def leave(self, seat: Seat) -> None:
        with self._lock:
            self._seats = self._seats - Counter([seat.client_id])
            seat.watch.depths = seat.watch.depths - Counter([seat.depth])
            if not seat.watch.depths:
                del self._watches[seat.watch.instrument_id]

    def _require_room(self, client_id: uuid.UUID) -> None:
        if self._seats[client_id] >= settings.FEED_LISTENERS_PER_CLIENT:
            raise NoSeat(of_client=True, limit=settings.FEED_LISTENERS_PER_CLIENT)
        if self._seats.total() >= settings.FEED_LISTENERS:
            raise NoSeat(of_client=False, limit=settings.FEED_LISTENERS)

    def _run(self) -> None:
        """The thread: look, tell, wait; over with the last listener."""
        while self._has_work():
            try:
                self._look()
            except Exception as error:  # Whatever it is, listeners wait on this thread, and the next look may succeed.
                self._fail(error)
            self._called.wait(INTERVAL)
            self._called.clear()

    def _has_work(self) -> bool:
        """With nothing to watch, the thread gives its connection back and is forgotten."""
        with self._lock:
            if not self._watches:
                connection.close()
                self._thread = None
            return bool(self._watches)

    def _look(self) -> None:
        with self._lock:
            began = time.monotonic()
            watched = dict(self._watches)
            newest = {instrument_id: watch.newest for instrument_id, watch in watched.items()}
            depth = max((depth for watch in watched.values() for depth in watch.depths), default=1)
        sights = read_books(newest, depth=depth)
        with self._lock:
            for instrument_id, sight in sights.items():
                watched[instrument_id].see(sight, at=began)
            if self.is_ending():
                for watch in watched.values():
                    watch.changed.notify_all()

    def _fail(self, error: Exception) -> None:
        connection.close()
        with self._lock:
            if not any(watch.is_lost for watch in self._watches.values()):
                log.warning("feed_lost", error=str(error).strip()[:300])
            for watch in self._watches.values():
                watch.lose()
