"""What the pages of trading share: tones, filters, searches."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import TextFilter

from core.console import badge
from core.console.parts import Tone
from core.models import Client
from trading.models import BookOrder, Instrument

TRADING = "Trading"
STATUS: dict[str, Tone] = {"open": "info", "partially_filled": "warn", "filled": "good", "removed": "neutral"}
SIDE: dict[str, Tone] = {"Buy": "info", "Sell": "warn"}


def status_badge(order: BookOrder) -> SafeString:
    return badge(order.get_status_display(), STATUS[order.status])


def side_badge(side: str) -> SafeString:
    return badge(side, SIDE[side])


class SymbolFilter(TextFilter):  # type: ignore[misc]
    """One book. There may be too many symbols for a list to choose from."""

    title = "symbol"
    parameter_name = "symbol"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        symbol = (self.value() or "").strip()
        return queryset.filter(instrument__in=ids_of_symbol(symbol)) if symbol else queryset


def ids_of_symbol(symbol: str) -> list[Any]:
    """The instruments that a person means who writes "jpm"."""
    return list(Instrument.objects.filter(symbol__in={symbol, symbol.upper()}).values_list("pk", flat=True))


def client_ids() -> list[Any]:
    """For ids and references, which are indexed within their client, of which there are few."""
    return list(Client.objects.values_list("pk", flat=True))
