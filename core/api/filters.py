"""Query parameters: each is known, given once, readable, and has an effect; all else is refused, not ignored."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db.models import QuerySet
from rest_framework.request import Request

from core.api.identifiers import NOTATION, parse_id
from core.api.problems import MalformedInput
from core.api.times import NO_DAY, NO_MOMENT, OUT_OF_RANGE, parse_day, parse_moment
from core.days import in_range
from core.errors import FieldProblem
from core.folding import same_in_any_case
from core.text import SHORTENED, normal

LONGEST = 255
"""Characters of a text that is looked for: no column that is compared with one holds more."""


class _TrueOrFalse(forms.Field):
    def to_python(self, value: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError("This is true or false.", code="invalid")
        return bool(value == "true")


class _Id(forms.Field):
    def to_python(self, value: Any) -> uuid.UUID:
        found = parse_id(value)
        if found is None:
            raise ValidationError(NOTATION, code="invalid")
        return found


class _Moment(forms.Field):
    def to_python(self, value: Any) -> dt.datetime:
        moment = parse_moment(value)
        if moment is None:
            raise ValidationError(NO_MOMENT, code="invalid")
        if not in_range(moment):
            raise ValidationError(OUT_OF_RANGE, code="range")
        return moment


class _Day(forms.Field):
    def to_python(self, value: Any) -> dt.date:
        day = parse_day(value)
        if day is None:
            raise ValidationError(NO_DAY, code="invalid")
        return day


class _WholeNumber(forms.Field):
    def __init__(self, *, allowed: range, **options: Any) -> None:
        self._allowed = allowed
        super().__init__(**options)

    def to_python(self, value: Any) -> int:
        if not _is_whole_number(value, self._allowed):
            raise ValidationError(_range_of("This", self._allowed), code="invalid")
        return int(value)


class _OneLine(forms.CharField):
    """Text of up to 255 characters, in the form in which text is kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST, **options})

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value))
        return normal(text) if len(text) <= SHORTENED * LONGEST else text


class TextFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Text without what surrounds it, of up to 255 characters."""

    field_class = _OneLine


class AnyCaseFilter(TextFilter):
    """The whole of the column's text, whatever the letter case."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(same_in_any_case(self.field_name, value)) if value else qs


class BooleanFilter(django_filters.Filter):  # type: ignore[misc]
    """`true` or `false`."""

    field_class = _TrueOrFalse


class IdFilter(django_filters.Filter):  # type: ignore[misc]
    """An id in the one notation of core.api.identifiers."""

    field_class = _Id


class TimestampFilter(django_filters.Filter):  # type: ignore[misc]
    """An RFC 3339 time with its offset."""

    field_class = _Moment


class DayFilter(django_filters.Filter):  # type: ignore[misc]
    """A day, such as 2026-01-31."""

    field_class = _Day


class WholeNumberFilter(django_filters.Filter):  # type: ignore[misc]
    """ASCII digits that make an allowed number."""

    field_class = _WholeNumber

    def __init__(self, allowed: range, **options: Any) -> None:
        super().__init__(**{"allowed": allowed, **options})


class ChoiceFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """One of the given words."""


class AnyOfFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    """Any of the given words of the row's own column, so that no row comes twice and nothing needs DISTINCT.

    The parameter may be repeated.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(distinct=False, **options)


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """Each filter reads the query parameter of its own name: created_after and created_before, no range widgets."""

    base_filters: dict[str, django_filters.Filter]

    @classmethod
    def repeatable_names(cls) -> frozenset[str]:
        return frozenset(name for name, each in cls.base_filters.items() if isinstance(each, AnyOfFilter))

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
        super().__init__(given, queryset, request=request, prefix=prefix)


def filtered(request: Request, rows: QuerySet[Any, Any], filterset: type[StrictFilterSet] | None) -> QuerySet[Any, Any]:
    """The rows that the query asks for. Raises MalformedInput for a value that a filter cannot take."""
    if filterset is None or filterset.base_filters.keys().isdisjoint(request.query_params):
        return rows
    filters = filterset(request.query_params, rows, request=request)
    if not filters.is_valid():
        raise _invalid(filters)
    for name, value in filters.form.cleaned_data.items():
        if value in EMPTY_VALUES:  # which its filter would take for no filter at all
            raise _empty(name)
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
    names = frozenset(request.query_params["expand"].split(",") if "expand" in request.query_params else ())
    if not names <= set(expansions):
        raise MalformedInput.at("?expand", "invalid", f"expand takes {', '.join(expansions)}.", known=list(expansions))
    return names


def whole_number(text: str | None, pointer: str, allowed: range) -> int | None:
    """What a query parameter (`?limit`) or a header says; None when it is absent.

    Raises MalformedInput for all but ASCII digits, no more of them than the largest has, and for what isn't allowed.
    """
    if text is None:
        return None
    if not _is_whole_number(text, allowed):
        raise MalformedInput.at(pointer, "invalid", _range_of(pointer.lstrip("?"), allowed))
    return int(text)


def day(text: str | None, pointer: str) -> dt.date | None:
    """What a query parameter says, such as 2026-01-31; None when it is absent. Raises MalformedInput."""
    found = parse_day(text) if text is not None else None
    if text is not None and found is None:
        raise MalformedInput.at(pointer, "invalid", NO_DAY)
    return found


def _is_whole_number(text: str, allowed: range) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(allowed[-1])) and int(text) in allowed


def _range_of(name: str, allowed: range) -> str:
    return f"{name} is a whole number from {allowed[0]} to {allowed[-1]}."


def require_well_formed(request: Request, known: Iterable[str], repeatable: Collection[str]) -> None:
    """Raises MalformedInput for a query parameter that isn't known, is empty, or is given again without being
    `repeatable`, and for what is no text."""
    _require_text(request.META["QUERY_STRING"])
    _refuse_unknown(request, sorted(known))
    for name, values in request.query_params.lists():
        if len(values) > 1 and name not in repeatable:
            raise MalformedInput.at(f"?{name}", "repeated", "This parameter is given more than once.")
        if not all(map(str.strip, values)):
            raise _empty(name)
        if any("\x00" in value for value in values):
            raise MalformedInput.at(f"?{name}", "nul", "This value contains a NUL character.")


def _require_text(query: str) -> None:
    """`query` is as it was sent, which a WSGI server hands over as Latin-1."""
    try:
        unquote_to_bytes(query.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise MalformedInput.at("", "not_utf8", "The query is not UTF-8 in percent-encoding.") from None


def _refuse_unknown(request: Request, names: list[str]) -> None:
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        raise MalformedInput(
            f"Unknown query parameter: {', '.join(unknown)}.",
            errors=[
                FieldProblem(f"?{name}", "unknown_parameter", "This parameter is not known here.") for name in unknown
            ],
            known=names,
        )


def _empty(name: str) -> MalformedInput:
    return MalformedInput.at(f"?{name}", "empty", "This parameter is empty; leave it out to have everything.")


def _invalid(filters: StrictFilterSet) -> MalformedInput:
    errors = [
        FieldProblem(f"?{name}", error["code"] or "invalid", error["message"])
        for name, each in filters.errors.get_json_data().items()
        for error in each
    ]
    return MalformedInput(errors[0].detail, errors=errors)
