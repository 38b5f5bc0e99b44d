"""How an offer stands, in colours and as a filter."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from core.console import badge
from core.console.parts import Tone
from pricing.offers.statuses import OfferState

_TONES: dict[str, Tone] = {
    OfferState.RUNNING: "good",
    OfferState.PLANNED: "info",
    OfferState.USED_UP: "warn",
    OfferState.ENDED: "neutral",
    OfferState.OFF: "bad",
}


def state_badge(state: str) -> SafeString:
    return badge(OfferState(state).label, _TONES[state])


class StateFilter(DropdownFilter):  # type: ignore[misc]
    """Of rows that the database gave their state."""

    title = "stands"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in OfferState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset
