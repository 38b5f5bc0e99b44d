"""Trades, and the client's own ones."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.permissions import require_scope
from core.api.renderers import json_response
from core.api.replies import Reply
from core.api.views import ActionView, ListView
from trading import actions
from trading.api import serializers
from trading.api.documents import trade_document
from trading.api.filters import TradeFilters
from trading.api.views.base import READ, TRADE, TradingView
from trading.api.views.book import BookView
from trading.errors import AddedMeanwhile
from trading.models import Trade
from trading.queries import fills_of, find_trade, trades_of

SETTLE = "orders:write"
"""Asked for beside book:trade when a trade is to become an order."""


class NewTrade(ActionView, BookView):
    """Take an amount at its best price, or nothing."""

    scopes = {"POST": TRADE}
    further_scopes = (SETTLE,)
    bodies = {"POST": serializers.NewTradeSerializer}
    answers = {"POST": (201, serializers.TradeSerializer)}

    def post(self, request: Request, **path: Any) -> HttpResponse:
        try:
            return super().post(request, **path)
        except AddedMeanwhile:  # The other request has committed, so this time its trade is seen.
            return super().post(request, **path)

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        if body.get("customer_id") is not None:
            require_scope(self.request, SETTLE)
        new = actions.NewTrade(path["symbol"], **body)
        trade = actions.place_trade(new, client_id=self.owner, actor=self.actor)
        document = trade_document(trade, trade.fills.all(), reader=self.owner)
        return Reply.created(document, location=reverse("trade", args=[trade.pk]))


class Trades(ListView, TradingView):
    """Your trades, newest first."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.TradeSerializer}
    expansions = ("fills",)
    filterset = TradeFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Any, Any]:
        return trades_of(self.owner)

    def present(self, rows: list[Trade]) -> list[Any]:
        if "fills" not in self.expanded():
            return [trade_document(trade, None, reader=self.owner) for trade in rows]
        fills = fills_of([trade.pk for trade in rows])
        return [trade_document(trade, fills[trade.pk], reader=self.owner) for trade in rows]


class OneTrade(TradingView):
    scopes = {"GET": READ}
    answers = {"GET": serializers.TradeSerializer}

    def target(self) -> QuerySet[Any, Any]:
        return trades_of(self.owner).filter(pk=self.kwargs["trade_id"])

    def get(self, request: Request, trade_id: uuid.UUID) -> HttpResponse:
        trade = find_trade(self.owner, trade_id)
        return json_response(trade_document(trade, fills_of([trade.pk])[trade.pk], reader=self.owner))
