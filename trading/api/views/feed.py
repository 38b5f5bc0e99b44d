"""The feed of a book: its changes and trades as they happen."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.api.streaming import POSITIONS, StreamView
from trading.api.views.base import READ
from trading.api.views.book import DEFAULT_DEPTH, BookView, depth_of
from trading.feed import BookSource
from trading.queries import find_instrument

MAX_DEPTH = 100

_LAST = "The id of the last message that you had: the trades after it follow. The header Last-Event-ID goes before it."


class Feed(StreamView, BookView):
    """The book and its trades as server-sent events: first the book as it stands, then each change of it, and each
    trade once, in order."""

    tells = "`event: book`, `event: trade` and `event: gap`, as docs/api.md describes them."
    scopes = {"GET": READ}
    parameters = {
        "depth": (f"Levels of each side; {DEFAULT_DEPTH} when absent.", range(1, MAX_DEPTH + 1)),
        "last_event_id": (_LAST, POSITIONS),
    }

    def get(self, request: Request, symbol: str) -> HttpResponse:
        depth, after = depth_of(request, most=MAX_DEPTH), self.last_event_id("last_event_id")
        instrument = find_instrument(symbol)
        return self.stream(lambda: BookSource(instrument, depth=depth, after=after))

    def head(self, request: Request, **path: Any) -> HttpResponse:
        find_instrument(path["symbol"])
        return super().head(request)
