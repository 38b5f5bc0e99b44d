"""The hub: watches the books that somebody listens to, for all listeners of this process at once.

One look at a time, and only while there are listeners. It compares states rather than hearing of changes, so that
whatever it missed while the database was away, it sees afterwards.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from math import inf

import structlog

from core.streams.threads import Threads
from trading.feed import messages
from trading.feed.reading import MOST_TRADES, Sides, Sight, read_books
from trading.models import Instrument

log = structlog.get_logger(__name__)

INTERVAL = 0.1
"""Seconds between two looks at the books."""

_threads = Threads("books", 1)


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
    """One book that somebody listens to."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument_id: uuid.UUID = instrument.pk
        self.symbol = instrument.symbol
        self.currency = instrument.currency
        self.places: set[Place] = set()
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
        for place in self.places:
            place.called.set()


class Place:
    """A listener's place at a book. What was read before it was taken is stale for it."""

    def __init__(self, watch: Watch, depth: int) -> None:
        self.watch = watch
        self.depth = depth
        self.called = asyncio.Event()
        self._taken_at = time.monotonic()
        watch.joined_at = self._taken_at
        watch.places.add(self)

    async def news(self, seen: int, after: int | None) -> News:
        """What is new against the version `seen`, as soon as there is any."""
        while not self._is_news(seen):
            self.called.clear()
            await self.called.wait()
        return self.watch.news(after)

    def _is_news(self, seen: int) -> bool:
        watch = self.watch
        return watch.version != seen and (watch.is_lost or watch.read_at >= self._taken_at)


class Hub:
    """Places for listeners, and the task that watches for them. Used in the event loop alone."""

    def __init__(self) -> None:
        self._called = asyncio.Event()
        self._watches: dict[uuid.UUID, Watch] = {}
        self._task: asyncio.Task[None] | None = None

    def enter(self, instrument: Instrument, *, depth: int) -> Place:
        """A place at the instrument's book, to be given back by leave()."""
        watch = self._watches.setdefault(instrument.pk, Watch(instrument))
        place = Place(watch, depth)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self._called.set()
        return place

    def leave(self, place: Place) -> None:
        place.watch.places.discard(place)
        if not place.watch.places:
            del self._watches[place.watch.instrument_id]

    async def _run(self) -> None:
        """Look, tell, wait; over with the last listener."""
        while self._watches:
            self._called.clear()
            try:
                await self._look()
            except Exception as error:  # Whatever it is, listeners wait for this task, and the next look may succeed.
                self._fail(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), INTERVAL)
        self._task = None

    async def _look(self) -> None:
        began = time.monotonic()
        watched = dict(self._watches)
        newest = {instrument_id: watch.newest for instrument_id, watch in watched.items()}
        depth = max(place.depth for watch in watched.values() for place in watch.places)
        sights = await _threads.run(lambda: read_books(newest, depth=depth))
        for instrument_id, sight in sights.items():
            watched[instrument_id].see(sight, at=began)

    def _fail(self, error: Exception) -> None:
        if not any(watch.is_lost for watch in self._watches.values()):
            log.warning("feed_lost", error=str(error).strip()[:300])
        for watch in self._watches.values():
            watch.lose()


hub = Hub()
"""That of this process."""
