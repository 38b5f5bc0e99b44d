"""List filters that an index serves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold import widgets
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter

__all__ = ["ChoicesDropdownFilter", "EnteredFilter", "FlagFilter", "RelatedDropdownFilter"]


class _RangeForm(forms.Form):
    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for end, label in (("from", "From"), ("to", "Until")):
            day = widgets.UnfoldAdminTextInputWidget(attrs={"type": "date", "aria-label": label})
            self.fields[f"{name}_{end}"] = forms.CharField(label=label, required=False, widget=day)


class EnteredFilter(admin.SimpleListFilter):
    """Days on which rows were entered, read off their ids: a UUIDv7 begins with its milliseconds, so the key serves."""

    title = "entered"
    parameter_name = "entered"
    template = "unfold/filters/filters_date_range.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: admin.ModelAdmin[Any]
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            if name in params:
                value = params.pop(name)
                self.used_parameters[name] = value[-1] if isinstance(value, list) else value

    def expected_parameters(self) -> list[str | None]:
        return [f"{self.parameter_name}_from", f"{self.parameter_name}_to"]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[Any, str]]:
        return [("", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (_day(self.used_parameters.get(str(name))) for name in self.expected_parameters())
        if first is not None:
            queryset = queryset.filter(pk__gte=_earliest_id(first))
        if last is not None:
            queryset = queryset.filter(pk__lt=_earliest_id(last + dt.timedelta(days=1)))
        return queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {"form": _RangeForm(name=self.parameter_name, data=self.used_parameters), "title": self.title}


def _day(text: object) -> dt.date | None:
    try:
        day = parse_date(str(text)) if text else None
    except ValueError:
        return None
    return day if day is not None and dt.date(1971, 1, 1) <= day < dt.date(9999, 1, 1) else None


def _earliest_id(day: dt.date) -> uuid.UUID:
    """The smallest UUIDv7 of that day in the shop's time zone."""
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return uuid.UUID(int=int(midnight.timestamp() * 1000) << 80)


class FlagFilter(DropdownFilter):  # type: ignore[misc]
    """Yes or no. Subclasses say which rows are `yes`."""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[Any, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return self.yes(queryset)
        return self.no(queryset) if self.value() == "no" else queryset

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        raise NotImplementedError

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        raise NotImplementedError
