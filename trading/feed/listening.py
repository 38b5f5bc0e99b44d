"""One listener: from what the hub sees to what it is told."""

from __future__ import annotations

from collections.abc import Iterator

from core.api.event_streams import BEGIN
from core.streams import Source
from trading.feed import messages
from trading.feed.hub import News, hub
from trading.feed.reading import Sides
from trading.models import Instrument


class BookSource(Source):
    """The book, then each change of it, and each trade once, in order.

    `after` is the sequence of the last trade that the listener had on an earlier connection. It has in memory what one
    look brought; while it is slow nothing more is prepared for it, and then it gets the book as it stands.
    """

    def __init__(self, instrument: Instrument, *, depth: int, after: int | None) -> None:
        self._after = after
        self._seen = -1
        self._sent: Sides | None = None
        self._place = hub.enter(instrument, depth=depth)

    def begin(self) -> list[bytes]:
        return [BEGIN]

    async def next(self) -> list[bytes]:
        told: list[bytes] = []
        while not told:
            news = await self._place.news(self._seen, self._after)
            self._seen = news.version
            told = [messages.OUTAGE] if news.is_lost else list(self._told(news))
        return told

    def heartbeat(self) -> list[bytes]:
        return [messages.HEARTBEAT]

    def close(self) -> None:
        hub.leave(self._place)

    def _told(self, news: News) -> Iterator[bytes]:
        symbol, currency = self._place.watch.symbol, self._place.watch.currency
        sides, before = messages.cut(news.sides, self._place.depth), self._sent
        self._sent, self._after = sides, news.newest
        if before is None:
            # Its id is where this connection begins, for a client that breaks off before it saw any trade.
            yield messages.book(symbol, currency, sides, snapshot=True, sequence=news.after)
        if news.missed is not None:
            yield messages.gap(symbol, after=news.after, until=news.missed)
        yield from news.trades
        if before is not None and sides != before:
            yield messages.book(symbol, currency, messages.changes(before, sides), snapshot=False)
