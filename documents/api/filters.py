from __future__ import annotations

from core.api.filters import ChoiceFilter, IdFilter, StrictFilterSet, TextFilter
from documents.statuses import DocumentKind


class DocumentFilters(StrictFilterSet):
    storefront_id = IdFilter(field_name="client_id")
    order_id = IdFilter()
    kind = ChoiceFilter(choices=DocumentKind.choices)
    number = TextFilter(field_name="printed", help_text="As it is printed: INV-2026-000123.")


class DocumentOfOrderFilters(StrictFilterSet):
    kind = ChoiceFilter(choices=DocumentKind.choices)
