from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django_countries import countries

from core.api.filters import AnyCaseFilter, ChoiceFilter, DayFilter, StrictFilterSet
from taxes.models import TaxRate
from taxes.querysets import TaxRateQuerySet

COUNTRIES = [(code, code) for code, _ in countries]


class TaxClassFilters(StrictFilterSet):
    code = AnyCaseFilter(field_name="code")


class TaxCountryFilters(StrictFilterSet):
    country = ChoiceFilter(choices=COUNTRIES)


class TaxRateFilters(StrictFilterSet):
    country = ChoiceFilter(choices=COUNTRIES)
    tax_class_code = AnyCaseFilter(field_name="tax_class__code")
    valid_on = DayFilter(method="holding_on", help_text="Those that hold on that day.")

    def holding_on(self, rows: TaxRateQuerySet, _: str, day: dt.date) -> QuerySet[TaxRate]:
        return rows.valid_on(day)
