"""The book of a symbol, and the best price for an amount."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.filters import whole_number
from core.api.renderers import json_response
from trading.api import serializers
from trading.api.documents import book_document, price_document
from trading.api.views.base import READ, TradingView
from trading.models import Instrument
from trading.queries import read_book, walk_book

DEFAULT_DEPTH, MAX_DEPTH = 10, 1000


class BookView(TradingView):
    def target(self) -> QuerySet[Any, Any]:
        return Instrument.objects.filter(symbol=self.kwargs["symbol"])


class OneBook(BookView):
    """Both sides by price level, the best first."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.BookSerializer}
    parameters = {"depth": (f"Levels of each side; {DEFAULT_DEPTH} when absent.", range(1, MAX_DEPTH + 1))}

    def get(self, request: Request, symbol: str) -> HttpResponse:
        return json_response(book_document(read_book(symbol, depth=depth_of(request, most=MAX_DEPTH))))


class BestPrice(BookView):
    """What an amount would cost now. Changes nothing, so that it needs no Idempotency-Key."""

    acts = False
    scopes = {"POST": READ}
    bodies = {"POST": serializers.AskPriceSerializer}
    answers = {"POST": serializers.QuotedPriceSerializer}

    def post(self, request: Request, symbol: str) -> HttpResponse:
        body = self.body()
        walk = walk_book(symbol, body["side"], body["amount"])
        return json_response(price_document(walk, reader=self.owner))


def depth_of(request: Request, *, most: int) -> int:
    """?depth=. Raises MalformedInput."""
    return whole_number(request.query_params.get("depth"), "?depth", range(1, most + 1)) or DEFAULT_DEPTH
