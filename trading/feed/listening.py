"""One listener: from what the hub sees to the bytes that its connection gets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from django.conf import settings
from django.db import connection

from core.api.event_streams import LARGEST_CHUNK, Reader, ReaderGone
from trading.feed import messages
from trading.feed.hub import News, Seat
from trading.feed.reading import Sides

_TURN = 1.0
"""Seconds at most between two looks at whether the reader has gone or the process is to end."""

_PATIENCE = 30.0
"""Seconds that a reader may take nothing."""


class Listener:
    """The stream of one connection: the book, then each change of it, and each trade once, in order.

    `after` is the sequence of the last trade that it had on an earlier connection. It has in memory what one look
    brought; while the reader is slow nothing more is prepared for it, and then it gets the book as it stands. Ends
    after FEED_LIFETIME seconds, so that a key that was revoked doesn't listen for ever.
    """

    def __init__(self, seat: Seat, reader: Reader, *, after: int | None) -> None:
        self._seat = seat
        self._reader = reader
        self._after = after
        self._seen = -1
        self._sent: Sides | None = None
        self._waiting: deque[bytes] = deque([messages.BEGIN])
        self._began_at = self._said_at = self._took_at = time.monotonic()
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        connection.close()  # The request's own: it isn't needed for as long as this lasts.
        try:
            while self._goes_on():
                if self._waiting:
                    yield self._next_chunk()
                else:
                    self._prepare()
        except ReaderGone:
            return

    def close(self) -> None:
        """Give the seat back; called by the server however the response ends."""
        if not self._closed:
            self._closed = True
            self._seat.hub.leave(self._seat)

    def _goes_on(self) -> bool:
        """Wait until the reader takes something; False when there is no use in it any more."""
        while not self._is_over():
            if self._reader.is_ready(within=_TURN):
                self._took_at = time.monotonic()
                return True
        return False

    def _is_over(self) -> bool:
        now = time.monotonic()
        too_old = now - self._began_at > settings.FEED_LIFETIME
        return self._seat.hub.is_ending() or too_old or now - self._took_at > _PATIENCE

    def _next_chunk(self) -> bytes:
        chunk = self._waiting.popleft()
        while self._waiting and len(chunk) + len(self._waiting[0]) <= LARGEST_CHUNK:
            chunk += self._waiting.popleft()
        self._said_at = time.monotonic()
        return chunk

    def _prepare(self) -> None:
        """Wait for news, and put it into words."""
        silent_until = self._said_at + settings.FEED_HEARTBEAT
        patience = max(0.0, min(_TURN, silent_until - time.monotonic()))
        news = self._seat.wait(self._seen, self._after, within=patience)
        if news is not None:
            self._seen = news.version
            self._waiting.extend([messages.OUTAGE] if news.is_lost else self._told(news))
        if not self._waiting and time.monotonic() >= silent_until:
            self._waiting.append(messages.HEARTBEAT)

    def _told(self, news: News) -> Iterator[bytes]:
        symbol, currency = self._seat.watch.symbol, self._seat.watch.currency
        sides, before = messages.cut(news.sides, self._seat.depth), self._sent
        self._sent, self._after = sides, news.newest
        if before is None:
            # Its id is where this connection begins, for a client that breaks off before it saw any trade.
            yield messages.book(symbol, currency, sides, snapshot=True, sequence=news.after)
        if news.missed is not None:
            yield messages.gap(symbol, after=news.after, until=news.missed)
        yield from news.trades
        if before is not None and sides != before:
            yield messages.book(symbol, currency, messages.changes(before, sides), snapshot=False)
