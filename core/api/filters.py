"""Declared filters only: an unknown query parameter is refused with the list of known ones, not ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.request import Request

from core.api.problems import MalformedInput
from core.errors import FieldProblem


class _TrueOrFalse(forms.NullBooleanField):
    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise ValidationError("This is true or false.", code="invalid")
        return bool(value == "true")


class BooleanFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """`true` or `false`; anything else is refused, where its base would ignore the filter."""

    field_class = _TrueOrFalse

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.TextInput, **options})


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """Each filter reads the query parameter of its own name: created_after and created_before, no range widgets."""

    base_filters: dict[str, django_filters.Filter]

    def __init__(
        self,
        data: Any = None,
        queryset: QuerySet[Any, Any] | None = None,
        *,
        request: Request | None = None,
        prefix: str | None = None,
    ) -> None:
        # Copying filters and building their form is most of the cost; only those that were asked for are needed.
        given = data or {}
        self.base_filters = {name: each for name, each in type(self).base_filters.items() if name in given}
        super().__init__(data, queryset, request=request, prefix=prefix)


def filtered(request: Request, rows: QuerySet[Any, Any], filterset: type[StrictFilterSet] | None) -> QuerySet[Any, Any]:
    """The rows that the query asks for. Raises MalformedInput for a value that a filter cannot take."""
    if filterset is None or filterset.base_filters.keys().isdisjoint(request.query_params):
        return rows
    filters = filterset(request.query_params, rows, request=request)
    if not filters.is_valid():
        raise _invalid(filters)
    selected: QuerySet[Any, Any] = filters.qs
    return selected


def chosen_ordering(request: Request, orderings: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The declared ordering that `?ordering=` names; the first declared one when it names none."""
    name = request.query_params.get("ordering")
    if name is None:
        return next(iter(orderings.values()))
    if name not in orderings:
        raise MalformedInput.at(
            "?ordering", "invalid", f"ordering is one of {', '.join(orderings)}.", known=list(orderings)
        )
    return orderings[name]


def chosen_expansions(request: Request, expansions: tuple[str, ...]) -> frozenset[str]:
    """`?expand=lines,shipments` as a set. Raises MalformedInput for a name that isn't declared."""
    names = frozenset(filter(None, request.query_params.get("expand", "").split(",")))
    if not names <= set(expansions):
        raise MalformedInput.at("?expand", "invalid", f"expand takes {', '.join(expansions)}.", known=list(expansions))
    return names


def whole_number(text: str | None, pointer: str, allowed: range) -> int | None:
    """What a query parameter (`?limit`) or a header says; None when it is absent.

    Raises MalformedInput for all but ASCII digits, no more of them than the largest has, and for what isn't allowed.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(allowed[-1])) and int(text) in allowed):
        detail = f"{pointer.lstrip('?')} is a whole number from {allowed[0]} to {allowed[-1]}."
        raise MalformedInput.at(pointer, "invalid", detail)
    return int(text)


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Raises MalformedInput for a query parameter that isn't known, or any that contains NUL."""
    names = sorted(known)
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        raise MalformedInput(
            f"Unknown query parameter: {', '.join(unknown)}.",
            errors=[
                FieldProblem(f"?{name}", "unknown_parameter", "This parameter is not known here.") for name in unknown
            ],
            known=names,
        )
    for name, values in request.query_params.lists():
        if any("\x00" in value for value in values):
            raise MalformedInput.at(f"?{name}", "nul", "This value contains a NUL character.")


def _invalid(filters: StrictFilterSet) -> MalformedInput:
    errors = [
        FieldProblem(f"?{name}", error["code"] or "invalid", error["message"])
        for name, each in filters.errors.get_json_data().items()
        for error in each
    ]
    return MalformedInput(errors[0].detail, errors=errors)
