from __future__ import annotations

from core.api.filters import AnyCaseFilter, BooleanFilter, ChoiceFilter, StrictFilterSet
from core.money import EXPONENT_BY_CURRENCY


class PriceListFilters(StrictFilterSet):
    code = AnyCaseFilter(help_text="The whole code, in any letter case.")
    currency = ChoiceFilter(choices=[(code, code) for code in sorted(EXPONENT_BY_CURRENCY)])
    active = BooleanFilter()


class ListPriceFilters(StrictFilterSet):
    sku = AnyCaseFilter(field_name="variant__sku", help_text="The whole SKU, in any letter case.")
