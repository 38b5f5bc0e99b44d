"""What the books are about. All clients share them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.replies import Reply
from core.api.views import ActionView, ListView
from trading import actions
from trading.api import serializers
from trading.api.documents import instrument_document
from trading.api.views.base import MANAGE, READ, TradingView
from trading.api.views.book import BookView
from trading.models import Instrument
from trading.queries import find_instrument


class Instruments(ListView, ActionView, TradingView):
    scopes = {"GET": READ, "POST": MANAGE}
    bodies = {"POST": serializers.NewInstrumentSerializer}
    answers = {"GET": serializers.InstrumentSerializer, "POST": (201, serializers.InstrumentSerializer)}
    orderings = {"symbol": ("symbol",), "-symbol": ("-symbol",)}

    def rows(self) -> QuerySet[Any, Any]:
        return Instrument.objects.all()

    def present(self, rows: list[Instrument]) -> list[Any]:
        return [instrument_document(instrument) for instrument in rows]

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        instrument = actions.list_instrument(**body, actor=self.actor)
        location = reverse("instrument", args=[instrument.symbol])
        return Reply.created(instrument_document(instrument), location=location, version=instrument.version)


class OneInstrument(BookView):
    scopes = {"GET": READ, "PATCH": MANAGE}
    bodies = {"PATCH": serializers.InstrumentChangesSerializer}
    answers = {"GET": serializers.InstrumentSerializer, "PATCH": serializers.InstrumentSerializer}
    version_of = "version"

    def get(self, request: Request, symbol: str) -> HttpResponse:
        instrument = find_instrument(symbol)
        return self.versioned(instrument_document(instrument), instrument.version)

    def patch(self, request: Request, symbol: str) -> HttpResponse:
        changes, expected = self.body(), self.expected_version()
        instrument = actions.change_instrument(symbol, changes, actor=self.actor, expected_version=expected)
        return Reply.ok(instrument_document(instrument), version=instrument.version).response()
