"""Every route of the API, found in the URL conf, and a body that fits each: a new route needs no line here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework import serializers

from core.api import serializers as fields
from core.api.views import ApiView, ListView
from core.ids import new_id

PREFIX = "api/v1/"
_parameters = re.compile(r"<\w+:(\w+)>")


@dataclass(frozen=True)
class Route:
    """One method of one path. `path` is as the URL conf has it: "orders/<id:order_id>/holds/"."""

    name: str
    path: str
    method: str
    view: type[ApiView]

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def parameters(self) -> list[str]:
        return _parameters.findall(self.path)

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and issubclass(self.view, ListView)

    @property
    def body(self) -> type[fields.StrictSerializer] | None:
        return self.view.bodies.get(self.method)

    def address(self, values: dict[str, str]) -> str:
        """Raises KeyError for a parameter that `values` doesn't name."""
        return "/" + PREFIX + _parameters.sub(lambda match: values[match[1]], self.path)


def routes() -> list[Route]:
    return [
        Route(str(pattern.name), path.removeprefix(PREFIX), method, pattern.callback.view_class)  # type: ignore[attr-defined]
        for path, pattern in _patterns(get_resolver("config.urls").url_patterns)
        if path.startswith(PREFIX)
        for method in pattern.callback.view_class.scopes  # type: ignore[attr-defined]
        if hasattr(pattern.callback.view_class, method.lower())  # type: ignore[attr-defined]
    ]


def _patterns(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern


Path = tuple[str, ...]
"""Where a field is in a body; "0" is the first element of a list."""


def walk(serializer: fields.StrictSerializer, path: Path = ()) -> Iterator[tuple[Path, serializers.Field]]:
    """Every field of a body, those of nested objects and of the first element of lists among them."""
    for name, field in serializer.fields.items():
        yield from _walk_field(field, (*path, name))


def _walk_field(field: Any, path: Path) -> Iterator[tuple[Path, serializers.Field]]:
    yield path, field
    if isinstance(field, fields.StrictSerializer):
        yield from walk(field, path)
    elif isinstance(field, serializers.ListSerializer | serializers.ListField):
        yield from _walk_field(field.child, (*path, "0"))


def sample(field: Any) -> Any:
    """The smallest value that the field takes; of a body, with every field that it must have."""
    if isinstance(field, fields.StrictSerializer):
        return {name: sample(each) for name, each in field.fields.items() if each.required} | _choices_of(field)
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return [sample(field.child)]
    if isinstance(field, serializers.DictField):
        return {}
    return _plain_sample(field)


def _choices_of(body: fields.StrictSerializer) -> dict[str, Any]:
    """Where one of several optional fields must be there."""
    return {"to": 1} if {"to", "change"} <= body.fields.keys() else {}


def _plain_sample(field: Any) -> Any:
    if isinstance(field, fields.ChoiceField):
        return next(iter(field.choices))
    if isinstance(field, fields.IntegerField):
        return max(1, field.min_value or 0)
    kinds: list[tuple[type[Any], Any]] = [
        (fields.EmailField, "ann@example.com"),
        (fields.StringField, "x"),
        (fields.IdField, str(new_id())),
        (fields.BooleanField, True),
        (fields.TimestampField, "2999-01-31T12:00:00Z"),
        (fields.DateField, "2999-01-31"),
        (serializers.DecimalField, "0.5"),
        (serializers.Field, "x"),
    ]
    return next(value for kind, value in kinds if isinstance(field, kind))


def put(body: Any, path: Path, value: Any) -> Any:
    """The body with this value there, and samples around it where it has nothing yet."""
    if not path:
        return value
    first, *rest = path
    if isinstance(body, list):
        return [put(body[0] if body else {}, tuple(rest), value)]
    return {**body, first: put(body.get(first, [] if rest[:1] == ["0"] else {}), tuple(rest), value)}
