"""The log of events for clients of the API."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.api.filters import whole_number
from core.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from core.api.problems import MalformedInput
from core.api.renderers import json_response
from core.api.schema import ApiSchema
from core.api.views import ApiView
from core.authorities import EVENTS_READ
from core.errors import NotFound
from core.event_types import event_types, published
from core.events import Audience
from core.log.api import serializers
from core.log.api.serializers import MOST_PATTERNS
from core.log.documents import event_document
from core.log.reading import newest_position, read
from core.log.viewing import Viewer, audience_of
from core.models import ClientKind

POSITIONS = range(2**63)
LIMITS = range(1, MAX_LIMIT + 1)
_KEPT = 300
"""Seconds for which a client may use schemas without asking again."""

_TYPES = "Types of events with commas between: `order.created`, or all of a noun: `order.*`. All when absent."


def types_parameter() -> OpenApiParameter:
    kind = {"type": "string", "pattern": r"^[a-z_]+\.([a-z_]+|\*)(,[a-z_]+\.([a-z_]+|\*))*$"}
    return OpenApiParameter("types", kind, OpenApiParameter.QUERY, description=_TYPES)


class _FeedSchema(ApiSchema):
    def _parameters(self) -> Iterator[OpenApiParameter]:
        yield from super()._parameters()
        yield types_parameter()


class _TypesSchema(ApiSchema):
    def get_operation_id(self) -> str:
        return "events_types_list"


class LogView(ApiView):
    """A client sees events of what is its own, one that works for all storefronts those of all of them."""

    scopes = {"GET": EVENTS_READ}

    @property
    def viewer(self) -> Viewer:
        client = self.caller.client
        return Viewer(client.pk, of_all=client.kind != ClientKind.STOREFRONT)


class Events(LogView):
    """The events after a position, in the one order in which all were recorded, deletions among them."""

    answers = {"GET": serializers.EventFeedSerializer}
    parameters = {
        "after": ("The `position` that you have come to; 0, the beginning, when absent.", POSITIONS),
        "limit": (f"Events per page; {DEFAULT_LIMIT} when absent.", LIMITS),
    }
    schema = _FeedSchema()

    @classmethod
    def query_names(cls) -> frozenset[str]:
        return super().query_names() | {"types"}

    def get(self, request: Request) -> HttpResponse:
        after = whole_number(request.query_params.get("after"), "?after", POSITIONS) or 0
        limit = whole_number(request.query_params.get("limit"), "?limit", LIMITS) or DEFAULT_LIMIT
        patterns = patterns_of(request)
        page = read(after, limit=limit, patterns=patterns, viewer=self.viewer)
        if page.reached == after:
            require_reached(after, "?after")
        document = {
            "results": [event_document(event, position) for position, event in page.events],
            "position": page.reached,
            "is_all": page.is_all,
            "next": _following(request, page.reached),
        }
        return json_response(document, headers={"Cache-Control": "no-store"})


class EventTypes(LogView):
    """The types of events that clients are told of, and where their schemas are."""

    answers = {"GET": serializers.EventTypesSerializer}
    schema = _TypesSchema()

    def get(self, request: Request) -> HttpResponse:
        told = [self._document(request, name) for name in event_types() if audience_of(name) is not Audience.NOBODY]
        return self.cacheable({"results": told}, seconds=_KEPT)

    def _document(self, request: Request, name: str) -> dict[str, Any]:
        versions = published().versions(name)
        schema = published().types[name][versions[-1]]
        return {
            "type": name,
            "title": schema["title"],
            "description": schema["description"],
            "schema_version": versions[-1],
            "schema_versions": versions,
            "schema_url": request.build_absolute_uri(reverse("event-type", args=[name])),
        }


class EventType(LogView):
    """The JSON Schema (draft 2020-12) of the events of one type, as CloudEvents."""

    answers = {"GET": OpenApiTypes.OBJECT}
    parameters = {"schema_version": ("Which of `schema_versions`; the newest when absent.", range(1, 2**15))}

    def get(self, request: Request, event_type: str) -> HttpResponse:
        if audience_of(event_type) is Audience.NOBODY:
            raise NotFound("There is no such type of event.")
        versions = published().versions(event_type)
        asked = whole_number(request.query_params.get("schema_version"), "?schema_version", range(1, 2**15))
        if asked is not None and asked not in versions:
            words = f"{event_type} has the schema versions {', '.join(map(str, versions))}."
            raise MalformedInput.at("?schema_version", "unknown", words, known=versions)
        return self.cacheable(published().cloudevent(event_type, asked or versions[-1]), seconds=_KEPT)


def patterns_of(request: Request) -> list[str]:
    """What `?types=` names. Raises MalformedInput for a name that no event can have."""
    text = request.query_params.get("types")
    if text is None:
        return []
    names = text.split(",", MOST_PATTERNS)
    if len(names) > MOST_PATTERNS:
        raise MalformedInput.at("?types", "too_many", f"types takes {MOST_PATTERNS} names at most.")
    require_known(names, "?types")
    return names


def require_known(names: Sequence[str], pointer: str) -> None:
    """Raises MalformedInput for a name that no event can have."""
    unknown = [name for name in names if name not in _known()]
    if unknown:
        words = f"No event has the type {unknown[0][:60]!r}. GET /events/types/ lists them; order.* is all of order."
        raise MalformedInput.at(pointer, "unknown", words, known=sorted(_known()))


def require_reached(after: int, pointer: str) -> None:
    """Raises MalformedInput for a position that the log hasn't come to: it would give nothing until it has."""
    newest = newest_position()
    if after > newest:
        words = f"The log has come to position {newest}. Begin there, or at one that an answer told you."
        raise MalformedInput.at(pointer, "not_reached", words, newest=newest)


@functools.cache
def _known() -> frozenset[str]:
    """Names and patterns of what clients are told."""
    names = [name for name in event_types() if audience_of(name) is not Audience.NOBODY]
    return frozenset([*names, *(f"{name.partition('.')[0]}.*" for name in names)])


def _following(request: Request, position: int) -> str:
    query = request.query_params.copy()
    query["after"] = str(position)
    return request.build_absolute_uri(f"{request.path}?{urlencode(query, doseq=True)}")
