from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from core.api.filters import AnyOfFilter, ChoiceFilter, IdFilter, StrictFilterSet, TextFilter, TimestampFilter
from webhooks.api.serializers import STANDINGS
from webhooks.statuses import Outcome


class AttemptFilters(StrictFilterSet):
    outcome = AnyOfFilter(choices=Outcome.choices)
    event_type = TextFilter()
    event_id = IdFilter()
    made_after = TimestampFilter(field_name="made_at", lookup_expr="gte")
    made_before = TimestampFilter(field_name="made_at", lookup_expr="lt")


class UndeliveredFilters(StrictFilterSet):
    status = ChoiceFilter(choices=STANDINGS, method="in_status")

    def in_status(self, rows: QuerySet[Any], _: str, wanted: str) -> QuerySet[Any]:
        return rows.filter(status="dead") if wanted == "given_up" else rows.exclude(status="dead")
