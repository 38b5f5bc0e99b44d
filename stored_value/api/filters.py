from __future__ import annotations

from django.db.models import QuerySet

from core.api.filters import StrictFilterSet, TextFilter, TimestampFilter
from stored_value.models import StoredValue


class GiftCardFilters(StrictFilterSet):
    last4 = TextFilter(method="with_last4", help_text="The last four characters of the code, in any letter case.")
    currency = TextFilter()
    created_after = TimestampFilter(field_name="created_at", lookup_expr="gte")
    created_before = TimestampFilter(field_name="created_at", lookup_expr="lt")

    def with_last4(self, rows: QuerySet[StoredValue], _: str, text: str) -> QuerySet[StoredValue]:
        return rows.filter(last4=text.upper())
