"""One listener: from where it begins in the log to what it is told as the log grows."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import Error

from core.api.event_streams import BEGIN, comment
from core.api.renderers import render
from core.log.reading import Page
from core.log.streaming.hub import hub
from core.log.streaming.wanted import Entry, Wanted
from core.streams import Source
from core.streams.threads import Threads

log = structlog.get_logger(__name__)

MOST_WAITING = 1000
"""Entries that wait for a listener; one that is slower than this reads them from the log, at its own pace."""

_AGAIN = 1.0
"""Seconds between two tries to read, while the database doesn't answer."""

_threads = Threads("catching-up", 2)


@dataclass(frozen=True)
class Format:
    """What is said of an event at its position, of a position alone, of an outage, and of nothing."""

    begin: list[bytes]
    event: Callable[[int, bytes], bytes]
    position: Callable[[int], bytes]
    outage: list[bytes]
    nothing: list[bytes]


EVENT_STREAM = Format(
    begin=[BEGIN],
    event=lambda position, document: b"id: %d\ndata: %s\n\n" % (position, document),
    position=lambda position: b'event: position\nid: %d\ndata: {"position":%d}\n\n' % (position, position),
    outage=[comment("the database does not answer; the stream goes on once it does")],
    nothing=[comment()],
)
SOCKET = Format(
    begin=[],
    event=lambda _, document: b'{"event":%s}' % document,
    position=lambda position: b'{"position":%d}' % position,
    outage=[render({"outage": "The database does not answer; events follow once it does."})],
    nothing=[],  # the protocol has pings
)


class LogSource(Source):
    """All that is wanted of the log after a position, once each and in order: first read page by page, at the
    listener's own pace, then heard from the hub.

    Going over leaves no gap: the hub's entries are kept from a position on before the pages are read up to it.
    """

    def __init__(self, wanted: Wanted, after: int, words: Format) -> None:
        self._wanted = wanted
        self._words = words
        self._position = after
        self._told = after
        self._kept_from: int | None = None
        """The position after which all that is wanted waits; None while nothing is kept."""
        self._reached = after
        self._is_live = False
        self._is_lost = False
        self._waiting: deque[Entry] = deque()
        self._called = asyncio.Event()
        hub.enter(self)

    def begin(self) -> list[bytes]:
        return [*self._words.begin, self._words.position(self._position)]

    async def next(self) -> list[bytes]:
        messages: list[bytes] = []
        while not messages:
            messages = await (self._hear_more() if self._is_live else self._read_more())
        return messages

    def heartbeat(self) -> list[bytes]:
        """A position that is further on, though nothing there was wanted, saves looking at all that again."""
        if self._position == self._told:
            return self._words.nothing
        self._told = self._position
        return [self._words.position(self._position)]

    def close(self) -> None:
        hub.leave(self)

    def hear(self, entries: list[Entry], reached: int) -> None:
        if self._kept_from is None:
            return
        self._waiting.extend(entry for entry in entries if self._wanted.has(entry))
        self._reached = reached
        if len(self._waiting) > MOST_WAITING:
            self._kept_from, self._is_live = None, False
            self._waiting.clear()
        self._called.set()

    def lose(self) -> None:
        self._is_lost = True
        self._called.set()

    async def _hear_more(self) -> list[bytes]:
        if not self._waiting and not self._is_lost:
            self._position = max(self._position, self._reached)
            await self._called.wait()
        self._called.clear()
        if not self._is_live:
            return []
        heard = [entry for entry in self._waiting if entry.position > self._position]
        self._waiting.clear()
        self._position = max(self._position, self._reached)
        return [*self._outage(), *self._say([(entry.position, entry.document) for entry in heard])]

    async def _read_more(self) -> list[bytes]:
        if self._kept_from is None:
            reached = await hub.reached()
            self._kept_from = self._reached = reached
        kept_from = self._kept_from
        try:
            page, documents = await _threads.run(self._read)
        except Error as error:
            log.warning("stream_not_read", error=str(error).strip()[:300])
            await asyncio.sleep(_AGAIN)
            return self._outage()
        self._position = page.reached
        if page.is_all and self._kept_from is not None:
            self._position = max(self._position, kept_from)
            self._is_live = True
        return self._say(documents)

    def _read(self) -> tuple[Page, list[tuple[int, bytes]]]:
        page = self._wanted.read(self._position)
        return page, [(position, Entry.of(position, event).document) for position, event in page.events]

    def _say(self, documents: list[tuple[int, bytes]]) -> list[bytes]:
        if documents:
            self._told = documents[-1][0]
        return [self._words.event(position, document) for position, document in documents]

    def _outage(self) -> list[bytes]:
        """Said once, however long it lasts."""
        is_lost, self._is_lost = self._is_lost, False
        return self._words.outage if is_lost else []
