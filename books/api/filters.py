from __future__ import annotations

from books.statuses import PostingKind
from core.api.filters import ChoiceFilter, IdFilter, StrictFilterSet, TextFilter, TimestampFilter


class PostingFilters(StrictFilterSet):
    subject_id = IdFilter(help_text="The order, gift card, store credit, payout or difference that it is of.")
    kind = ChoiceFilter(choices=PostingKind.choices)
    currency = TextFilter()
    posted_after = TimestampFilter(field_name="posted_at", lookup_expr="gte")
    posted_before = TimestampFilter(field_name="posted_at", lookup_expr="lt")
