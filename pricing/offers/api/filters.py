from __future__ import annotations

from core.api.filters import AnyCaseFilter, BooleanFilter, ChoiceFilter, StrictFilterSet
from pricing.offers.statuses import OfferKind, OfferState


class OfferFilters(StrictFilterSet):
    code = AnyCaseFilter(field_name="code", help_text="Its own code, in any letter case.")
    kind = ChoiceFilter(choices=OfferKind.choices)
    state = ChoiceFilter(choices=OfferState.choices)
    automatic = BooleanFilter()


class CodeFilters(StrictFilterSet):
    code = AnyCaseFilter(field_name="code", help_text="The whole code, in any letter case.")
    active = BooleanFilter()
