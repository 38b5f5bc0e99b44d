"""What lists of the book's orders and trades can be narrowed by."""

from __future__ import annotations

import django_filters

from core.api.filters import StrictFilterSet
from trading.models import BookOrder, Trade
from trading.statuses import BookOrderStatus, Side


class BookOrderFilters(StrictFilterSet):
    symbol = django_filters.CharFilter(field_name="instrument__symbol")
    side = django_filters.ChoiceFilter(choices=Side.choices)
    status = django_filters.MultipleChoiceFilter(choices=BookOrderStatus.choices, distinct=False)
    source = django_filters.CharFilter(field_name="source")
    load = django_filters.UUIDFilter(field_name="load_id")

    class Meta:
        model = BookOrder
        fields: list[str] = []


class TradeFilters(StrictFilterSet):
    symbol = django_filters.CharFilter(field_name="instrument__symbol")
    side = django_filters.ChoiceFilter(choices=Side.choices)
    client_ref = django_filters.CharFilter(field_name="client_ref")
    customer = django_filters.UUIDFilter(field_name="customer_id")

    class Meta:
        model = Trade
        fields: list[str] = []
