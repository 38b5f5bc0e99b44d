from __future__ import annotations

from core.api.filters import AnyCaseFilter, BooleanFilter, ChoiceFilter, StrictFilterSet
from pricing.delivery.statuses import MethodKind


class DeliveryMethodFilters(StrictFilterSet):
    code = AnyCaseFilter(field_name="code")
    kind = ChoiceFilter(choices=MethodKind.choices)
    active = BooleanFilter()
