"""OpenAPI 3.1 from what the views declare: scopes, bodies, answers, filters, and the conventions that all share."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed

from core.api.filters import (
    LONGEST,
    AnyOfFilter,
    BooleanFilter,
    ChoiceFilter,
    DayFilter,
    IdFilter,
    StrictFilterSet,
    TextFilter,
    TimestampFilter,
    WholeNumberFilter,
)
from core.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from core.api.permissions import declared_scope
from core.api.problems import MAX_ERRORS, problem_for
from core.api.renderers import json_response
from core.api.serializers import DecimalTextField, MapField, StringField

if TYPE_CHECKING:
    from core.api.views import ApiView

_SCHEME = "ApiKey"
_VERBS = {"GET": "get", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
_IF_MATCH_METHODS = frozenset({"PUT", "PATCH", "DELETE"})
_IF_MATCH = "The ETag that you last saw, several of them, or `*` for any."
_TAGS = {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*"){0,19})$'}

_NOT_BLANK = r"[^\s\x1c-\x1f\x85]"
"""Something beside white space, by what a blank text is here: JSON Schema's white space lacks the separators of ASCII
and the next-line character, which are white space to Python."""
_FILTER_TYPES = (
    (TimestampFilter, OpenApiTypes.DATETIME),
    (DayFilter, OpenApiTypes.DATE),
    (BooleanFilter, OpenApiTypes.BOOL),
    (IdFilter, OpenApiTypes.UUID),
)

_PROBLEMS: dict[str, str] = {
    "400": "The body, query or headers are wrong; `errors` says where.",
    "401": "The API key is missing, unknown, expired or revoked.",
    "403": "The key lacks the scope named in `missing_scope`.",
    "404": "No such object for this caller.",
    "406": "Only application/json is sent.",
    "405": "The method is not for this address; `Allow` lists those that are.",
    "409": "The object's state doesn't allow it; `unblock` says what would. Or the Idempotency-Key is in flight.",
    "411": "The body comes without its Content-Length.",
    "412": "The object has another version than If-Match names, or isn't as the body says that it was seen.",
    "413": "The body is larger than 1 MiB.",
    "415": "The body is not application/json in UTF-8, or is compressed.",
    "421": "This process serves no feed, and doesn't know where it is.",
    "422": "The Idempotency-Key was used for a different request.",
    "428": "If-Match is missing.",
    "429": "Too many requests; wait for Retry-After seconds.",
    "500": "A mistake on our side.",
    "503": "The database cannot answer; nothing was changed.",
}
_ALWAYS = ("400", "401", "403", "404", "405", "406", "411", "413", "415", "429", "500", "503")

_COMPONENTS: dict[str, dict[str, Any]] = {
    "securitySchemes": {
        _SCHEME: {"type": "http", "scheme": "bearer", "description": "An API key: `qm_live_<prefix>.<secret>`."},
    },
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "RFC 9457 problem details. Refusals add members of their own.",
            "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "instance": {"type": "string"},
                "code": {"type": "string"},
                "request_id": {"type": "string"},
                "unblock": {"type": "string", "description": "What would make the request possible."},
                "errors_omitted": {"type": "integer", "description": "How many further errors there are."},
                "errors": {
                    "type": "array",
                    "maxItems": MAX_ERRORS,
                    "items": {
                        "type": "object",
                        "required": ["pointer", "code", "detail"],
                        "properties": {
                            "pointer": {
                                "type": "string",
                                "description": "A JSON pointer into the body, `?name` in the query, or a header.",
                            },
                            "code": {"type": "string"},
                            "detail": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
    "headers": {
        "ETag": {"description": 'The object\'s version, such as `"v17"`.', "schema": {"type": "string"}},
        "RequestId": {"description": "The request's id, as sent or made.", "schema": {"type": "string"}},
        "RateLimit": {"description": "What is left of the quota.", "schema": {"type": "string"}},
        "RateLimitPolicy": {"description": "The quota and its window.", "schema": {"type": "string"}},
        "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
        "Location": {"description": "The address of what was made.", "schema": {"type": "string"}},
        "IdempotentReplayed": {
            "description": "`true` when this is the remembered response of an earlier request.",
            "schema": {"type": "string"},
        },
    },
}


class ApiSchema(AutoSchema):
    """Reads an ApiView's declarations; nothing is repeated in decorators."""

    view: ApiView  # type: ignore[override]

    def get_operation_id(self) -> str:
        nouns = [part for part in self._path_parts() if not part.startswith("{")]
        return "_".join([*nouns, *self._verb()]).replace("-", "_")

    def get_tags(self) -> list[str]:
        return self._path_parts()[:1]

    def get_auth(self) -> list[dict[str, Any]]:
        scope = declared_scope(self.view, self.method)
        return [{_SCHEME: [scope] if scope else []}]

    def get_request_serializer(self) -> Any:
        return self.view.bodies.get(self.method)

    def get_response_serializers(self) -> Any:
        answer = self.view.answers.get(self.method)
        if answer is None:
            return {204: None}
        status, serializer = answer if isinstance(answer, tuple) else (200, answer)
        if self._lists():
            return {status: page_of(serializer)}  # type: ignore[arg-type]
        return {status: serializer}

    def _get_serializer_name(self, *args: Any, **kwargs: Any) -> str:
        """`OrderChanges`, since what PATCH takes is named as changes already: without drf-spectacular's `Patched`."""
        name: str = super()._get_serializer_name(*args, **kwargs)
        return name.removeprefix("Patched")

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and not getattr(serializer, "documents_others", False):
            schema["additionalProperties"] = False
        return schema

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if direction == "request" and schema is not None:
            schema = {**_bounds(field), **schema}
            if isinstance(field, DecimalTextField):
                schema["pattern"] = field.pattern
        return schema

    def get_override_parameters(self) -> list[Any]:
        return list(self._parameters())

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            self._add_success_headers(operation["responses"])
            operation["responses"].update(
                {status: _ref("responses", f"Problem{status}") for status in self._refusals()}
            )
        return operation

    def _path_parts(self) -> list[str]:
        return [part for part in re.sub(self.path_prefix, "", self.path, count=1).split("/") if part]

    def _verb(self) -> list[str]:
        if self.method != "POST":
            return ["list"] if self._lists() else [_VERBS[self.method]]
        return ["create"] if hasattr(self.view, "rows") else []

    def _lists(self) -> bool:
        return self.method == "GET" and hasattr(self.view, "rows")

    def _is_keyed(self) -> bool:
        return (self.method == "POST" and bool(self.view.acts)) or self._may_be_keyed()

    def _may_be_keyed(self) -> bool:
        return self.method == "PATCH" and bool(self.view.patches_once)

    def _is_conditional(self) -> bool:
        return self.view.version_of is not None and not self._lists()

    def _parameters(self) -> Iterator[OpenApiParameter]:
        yield _header("X-Request-ID", "1 to 128 characters of `A-Za-z0-9._-`; echoed, and found in logs and events.")
        if self._is_keyed():
            key = {"type": "string", "pattern": "^[!-~]{1,255}$"}
            yield _header("Idempotency-Key", "Yours; a repeat acts once.", key, required=not self._may_be_keyed())
        if self.method in _IF_MATCH_METHODS:
            yield _header("If-Match", _IF_MATCH, _TAGS, required=True)
        elif self._is_conditional():
            yield _header("If-Match", _IF_MATCH, _TAGS)
        if self.method == "GET" and self.view.expansions:
            yield _query("expand", "What to add, with commas between.", _comma_separated(self.view.expansions))
        for name, (description, allowed) in self.view.parameters.items() if self.method == "GET" else ():
            yield _query(name, description, _whole_number(allowed))
        for name, description in self.view.days.items() if self.method == "GET" else ():
            yield _query(name, description, OpenApiTypes.DATE)
        if self._lists():
            yield from _list_parameters(self.view)

    def _refusals(self) -> Iterator[str]:
        yield from _ALWAYS
        if self.method != "GET":
            yield "409"
        if self._is_keyed():
            yield "422"
        if self._is_conditional() or self.view.says_what_was_seen:
            yield "412"
        if self.method in _IF_MATCH_METHODS:
            yield "428"

    def _add_success_headers(self, responses: dict[str, Any]) -> None:
        names = {"X-Request-ID": "RequestId", "RateLimit": "RateLimit", "RateLimit-Policy": "RateLimitPolicy"}
        if not self._lists():
            names["ETag"] = "ETag"
        if self._is_keyed():
            names["Idempotent-Replayed"] = "IdempotentReplayed"
        for status, response in responses.items():
            created = {"Location": "Location"} if status == "201" else {}
            response["headers"] = {name: _ref("headers", each) for name, each in {**names, **created}.items()}


def _bounds(field: Any) -> dict[str, Any]:
    """What drf-spectacular doesn't tell of the values that a field takes."""
    if isinstance(field, serializers.ListSerializer):
        least = getattr(field, "min_length", None) or int(not field.allow_empty)
        return {"minItems": least, "maxItems": getattr(field, "max_length", None)}
    if isinstance(field, MapField):
        return {"maxProperties": field.max_length, "propertyNames": {"minLength": 1, "maxLength": field.max_name}}
    if isinstance(field, StringField) and not field.allow_blank:
        return {"minLength": 1, "pattern": _NOT_BLANK}
    return {}


@functools.cache
def page_of(serializer: Any) -> type[serializers.Serializer[Any]]:
    """The serializer of one page of a list: {"results": [...], "next": url|null, "previous": url|null}."""
    address: Any = {"allow_null": True, "help_text": "The address of the neighbouring page; null where there is none."}
    fields = {
        "results": serializer(many=True),
        "next": serializers.URLField(**address),
        "previous": serializers.URLField(**address),
    }
    name = serializer.__name__.removesuffix("Serializer")
    return type(f"{name}Page", (serializers.Serializer,), fields)


def _whole_number(allowed: range) -> dict[str, Any]:
    return {"type": "integer", "minimum": allowed[0], "maximum": allowed[-1]}


def _comma_separated(names: Iterable[str]) -> dict[str, Any]:
    name = f"({'|'.join(names)})"
    return {"type": "string", "pattern": f"^{name}(,{name})*$"}


def _list_parameters(view: ApiView) -> Iterator[OpenApiParameter]:
    limit = {**_whole_number(range(1, MAX_LIMIT + 1)), "default": DEFAULT_LIMIT}
    yield _query("limit", "Rows per page.", limit)
    cursor = {"type": "string", "minLength": 1, "pattern": _NOT_BLANK}
    yield _query("cursor", "From `next` or `previous`; never made by hand.", cursor)
    yield _query("ordering", "The order of rows.", {"type": "string", "enum": list(getattr(view, "orderings", {}))})
    filterset: type[StrictFilterSet] | None = getattr(view, "filterset", None)
    for name, each in (filterset.base_filters if filterset else {}).items():
        yield _query(name, each.extra.get("help_text", ""), _filter_type(each))


def _filter_type(each: Any) -> OpenApiTypes | dict[str, Any]:
    if isinstance(each, AnyOfFilter | ChoiceFilter):
        words = {"type": "string", "enum": [value for value, _ in each.extra["choices"]]}
        return {"type": "array", "items": words} if isinstance(each, AnyOfFilter) else words
    if isinstance(each, WholeNumberFilter):
        return _whole_number(each.extra["allowed"])
    if isinstance(each, TextFilter):
        return {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": _NOT_BLANK}
    return next(kind for cls, kind in _FILTER_TYPES if isinstance(each, cls))


def _header(
    name: str, description: str, kind: OpenApiTypes | dict[str, Any] = OpenApiTypes.STR, *, required: bool = False
) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=description)


def _query(name: str, description: str, kind: OpenApiTypes | dict[str, Any] = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description)


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: the problem document, the shared responses and headers, the security scheme."""
    components = result.setdefault("components", {})
    for section, members in {**_COMPONENTS, "responses": _problem_responses()}.items():
        components[section] = {**components.get(section, {}), **members}
    return result


def _problem_responses() -> dict[str, Any]:
    return {
        f"Problem{status}": {
            "description": description,
            "headers": _problem_headers(status),
            "content": {"application/problem+json": {"schema": _ref("schemas", "Problem")}},
        }
        for status, description in _PROBLEMS.items()
    }


def _problem_headers(status: str) -> Mapping[str, Any]:
    headers = {"X-Request-ID": _ref("headers", "RequestId")}
    if status in {"409", "429", "503"}:
        headers["Retry-After"] = _ref("headers", "RetryAfter")
    return headers


def generate() -> dict[str, Any]:
    """The whole OpenAPI document."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


@functools.cache
def _served() -> bytes:
    return json_response(generate()).content


@csrf_exempt
def document(request: HttpRequest) -> HttpResponse:
    """GET /api/schema/: generated once per process, since it changes with the code alone."""
    if request.method not in ("GET", "HEAD"):
        return problem_for(request, MethodNotAllowed(request.method or ""))
    return HttpResponse(_served(), content_type="application/vnd.oai.openapi+json")
