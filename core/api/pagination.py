"""Keyset pages: a signed cursor says where the last page ended, so page 10,000 costs what page 1 costs. No COUNT."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from django.core import signing
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils.http import urlencode
from rest_framework.request import Request

from core.api.filters import whole_number
from core.api.problems import MalformedInput
from core.api.renderers import rfc3339

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
PARAMETERS = ("cursor", "limit")


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the absolute addresses of its neighbours."""

    rows: list[Any]
    next: str | None
    previous: str | None

    def document(self, results: list[Any]) -> dict[str, Any]:
        return {"results": results, "next": self.next, "previous": self.previous}


@dataclass(frozen=True)
class Keyset:
    """An ordering ("-created_at", "-id"): columns of the model, none null, the last unique, all in one direction."""

    fields: tuple[str, ...]

    def __post_init__(self) -> None:
        if len({field.startswith("-") for field in self.fields}) != 1:
            raise ValueError(f"{self.fields} mixes directions; a row comparison has one")

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.lstrip("-") for field in self.fields)

    @property
    def descending(self) -> bool:
        return self.fields[0].startswith("-")


@dataclass(frozen=True)
class _Cursor:
    """The row that a page begins after (or, backwards, ends before)."""

    backwards: bool
    values: list[Any]


class _RowComparison(Func):
    """(a, b) < (x, y) as SQL says it, which a composite index answers; a chain of ORs would scan."""

    output_field = BooleanField()
    template = "(%(expressions)s)"

    def __init__(self, columns: Sequence[Combinable], operator: str, values: Sequence[Combinable]) -> None:
        super().__init__(*columns, *values)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        compiled = [compiler.compile(source) for source in self.source_expressions]
        half = len(compiled) // 2
        left, right = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({left}) {self.operator} ({right})", [value for _, params in compiled for value in params]


def paginate(request: Request, rows: QuerySet[Any, Any], ordering: Sequence[str]) -> Page:
    """One page of `rows` (models or .values() that include the ordering's columns). Raises MalformedInput."""
    keyset = Keyset(tuple(ordering))
    limit = _limit(request)
    bound = _binding(rows.model, keyset)
    cursor = _decode(request.query_params.get("cursor"), bound, keyset, rows.model)
    found, more = _fetch(rows, keyset, cursor, limit)
    backwards = cursor is not None and cursor.backwards
    has_next, has_previous = (True, more) if backwards else (more, cursor is not None)

    def link(row: Any, *, back: bool) -> str:
        return _link(request, signing.Signer(salt=bound).sign(_encode(row, keyset, back)))

    return Page(
        rows=found,
        next=link(found[-1], back=False) if found and has_next else None,
        previous=link(found[0], back=True) if found and has_previous else None,
    )


def _fetch(rows: QuerySet[Any, Any], keyset: Keyset, cursor: _Cursor | None, limit: int) -> tuple[list[Any], bool]:
    """The page's rows in display order, and whether there are more in the direction of travel."""
    backwards = cursor is not None and cursor.backwards
    descending = keyset.descending != backwards
    if cursor is not None:
        rows = rows.filter(_after(rows.model, keyset, cursor, "<" if descending else ">"))
    order = [f"-{column}" if descending else column for column in keyset.columns]
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return (found[::-1] if backwards else found), more


def _after(model: type[Model], keyset: Keyset, cursor: _Cursor, operator: str) -> _RowComparison:
    values = [
        Value(value, output_field=field) for field, value in zip(_columns(model, keyset), cursor.values, strict=True)
    ]
    return _RowComparison([F(column) for column in keyset.columns], operator, values)


def _limit(request: Request) -> int:
    return whole_number(request.query_params.get("limit"), "?limit", range(1, MAX_LIMIT + 1)) or DEFAULT_LIMIT


def _binding(model: type[Model], keyset: Keyset) -> str:
    """What a cursor is valid for: it is signed with this, so that one of another list is as good as forged."""
    return f"cursor:{model._meta.label_lower}:{','.join(keyset.fields)}"


def _encode(row: Any, keyset: Keyset, backwards: bool) -> str:
    read: Callable[[str], Any] = row.__getitem__ if isinstance(row, dict) else lambda column: getattr(row, column)
    values = [_to_text(read(column)) for column in keyset.columns]
    return signing.b64_encode(orjson.dumps([backwards, values])).decode()


def _to_text(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, dt.datetime) else str(value) if isinstance(value, uuid.UUID) else value


def _decode(text: str | None, bound: str, keyset: Keyset, model: type[Model]) -> _Cursor | None:
    if text is None:
        return None
    try:
        signed = signing.Signer(salt=bound).unsign(text)
    except signing.BadSignature:
        raise MalformedInput.at("?cursor", "invalid", "This cursor is not one of this list's.") from None
    backwards, values = orjson.loads(signing.b64_decode(signed.encode()))
    columns = _columns(model, keyset)
    return _Cursor(backwards, [column.to_python(value) for column, value in zip(columns, values, strict=True)])


def _columns(model: type[Model], keyset: Keyset) -> list[Field[Any, Any]]:
    return [cast("Field[Any, Any]", model._meta.get_field(column)) for column in keyset.columns]


def _link(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{urlencode(query, doseq=True)}")
