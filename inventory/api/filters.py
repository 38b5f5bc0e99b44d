from __future__ import annotations

from core.api.filters import (
    AnyCaseFilter,
    BooleanFilter,
    ChoiceFilter,
    IdFilter,
    StrictFilterSet,
    TextFilter,
    TimestampFilter,
)
from inventory.statuses import MovementKind


class ProductFilters(StrictFilterSet):
    active = BooleanFilter()
    search = TextFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")


class VariantFilters(StrictFilterSet):
    sku = AnyCaseFilter(field_name="sku")
    product_id = IdFilter()
    active = BooleanFilter()
    search = TextFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")


class LocationFilters(StrictFilterSet):
    code = AnyCaseFilter(field_name="code")
    active = BooleanFilter()


class StockFilters(StrictFilterSet):
    sku = AnyCaseFilter(field_name="variant__sku")
    location_id = IdFilter()


class MovementFilters(StockFilters):
    kind = ChoiceFilter(choices=MovementKind.choices)
    order_id = IdFilter()
    created_after = TimestampFilter(field_name="created_at", lookup_expr="gte")
    created_before = TimestampFilter(field_name="created_at", lookup_expr="lt")
