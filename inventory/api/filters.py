from __future__ import annotations

import django_filters

from core.api.filters import BooleanFilter, StrictFilterSet
from inventory.statuses import MovementKind


class ProductFilters(StrictFilterSet):
    active = BooleanFilter()
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")


class VariantFilters(StrictFilterSet):
    sku = django_filters.CharFilter()
    product_id = django_filters.UUIDFilter()
    active = BooleanFilter()
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")


class LocationFilters(StrictFilterSet):
    code = django_filters.CharFilter()
    active = BooleanFilter()


class StockFilters(StrictFilterSet):
    sku = django_filters.CharFilter(field_name="variant__sku")
    location_id = django_filters.UUIDFilter()


class MovementFilters(StockFilters):
    kind = django_filters.ChoiceFilter(choices=MovementKind.choices)
    order_id = django_filters.UUIDFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")
