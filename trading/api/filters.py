"""What lists of the book's orders and trades can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from core.api.filters import StrictFilterSet
from trading.models import BookOrder, Instrument, Trade
from trading.statuses import BookOrderStatus, Side


def of_symbol(rows: QuerySet[Any, Any], _name: str, symbol: str) -> QuerySet[Any, Any]:
    """By a subquery rather than a join: so an index that begins with client and instrument has the rows in order."""
    return rows.filter(instrument=Instrument.objects.filter(symbol=symbol).values("pk")[:1])


class BookOrderFilters(StrictFilterSet):
    symbol = django_filters.CharFilter(method=of_symbol)
    side = django_filters.ChoiceFilter(choices=Side.choices)
    status = django_filters.MultipleChoiceFilter(choices=BookOrderStatus.choices, distinct=False)
    source = django_filters.CharFilter(field_name="source")
    load = django_filters.UUIDFilter(field_name="load_id")

    class Meta:
        model = BookOrder
        fields: list[str] = []


class TradeFilters(StrictFilterSet):
    symbol = django_filters.CharFilter(method=of_symbol)
    side = django_filters.ChoiceFilter(choices=Side.choices)
    client_ref = django_filters.CharFilter(field_name="client_ref")
    customer_id = django_filters.UUIDFilter()

    class Meta:
        model = Trade
        fields: list[str] = []
