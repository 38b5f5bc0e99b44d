"""The feed of a book: its changes and trades as they happen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from core.api.event_streams import MEDIA_TYPE, EventStreamRenderer, Reader
from core.api.filters import whole_number
from core.api.problems import ApiProblem
from core.api.schema import ApiSchema
from trading.api.views.base import READ
from trading.api.views.book import DEFAULT_DEPTH, BookView, depth_of
from trading.errors import FeedElsewhere
from trading.feed import Listener, NoSeat, hub
from trading.models import Instrument
from trading.queries import find_instrument

MAX_DEPTH = 100
RETRY_AFTER = 5
"""Seconds after which a listener without a seat may try again."""

_STREAM = "`event: book`, `event: trade` and `event: gap`, as docs/api.md describes them."
_ELSEWHERE = "Another process serves the feed: ask again at Location, with the same headers."
_LAST = "The id of the last message that you had: the trades after it follow."

_POSITIONS = range(10**18)


class FeedFull(ApiProblem):
    status_code = 503
    default_code = "feed_full"


class TooManyListeners(ApiProblem):
    status_code = 429
    default_code = "too_many_listeners"


class FeedSchema(ApiSchema):
    """A stream isn't described by a serializer."""

    def get_response_serializers(self) -> Any:
        return {
            200: OpenApiResponse(OpenApiTypes.STR, description=_STREAM),
            307: OpenApiResponse(description=_ELSEWHERE),
        }

    def _refusals(self) -> Iterator[str]:
        yield from super()._refusals()
        yield "421"

    def _parameters(self) -> Iterator[OpenApiParameter]:
        yield from super()._parameters()
        position = {"type": "integer", "minimum": _POSITIONS[0], "maximum": _POSITIONS[-1]}
        yield OpenApiParameter("Last-Event-ID", position, OpenApiParameter.HEADER, description=_LAST)


class Feed(BookView):
    """The book and its trades as server-sent events: first the book as it stands, then each change of it, and each
    trade once, in order."""

    scopes = {"GET": READ}
    parameters = {
        "depth": (f"Levels of each side; {DEFAULT_DEPTH} when absent.", range(1, MAX_DEPTH + 1)),
        "last_event_id": (f"{_LAST} The header Last-Event-ID goes before it.", _POSITIONS),
    }
    renderer_classes = (EventStreamRenderer,)
    schema = FeedSchema()

    def get(self, request: Request, symbol: str) -> HttpResponseBase:
        depth, after = depth_of(request, most=MAX_DEPTH), _last_event_id(request)
        instrument = find_instrument(symbol)
        if settings.FEED_URL:
            return HttpResponse(status=307, headers={"Location": f"{_feed_url(request)}{request.get_full_path()}"})
        if not request.META.get("wsgi.multithread"):
            raise FeedElsewhere
        return self._stream(instrument, depth=depth, after=after)

    def head(self, request: Request, symbol: str) -> HttpResponse:
        find_instrument(symbol)
        return HttpResponse(content_type=MEDIA_TYPE)

    def _stream(self, instrument: Instrument, *, depth: int, after: int | None) -> StreamingHttpResponse:
        reader = Reader(self.request.META.get("gunicorn.socket"))
        try:
            seat = hub.join(instrument, self.owner, depth=depth)
        except NoSeat as error:
            raise _refusal(error) from error
        return StreamingHttpResponse(
            Listener(seat, reader, after=after),
            content_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _feed_url(request: Request) -> str:
    """FEED_URL; of a port alone, that port of the host that was asked."""
    if not settings.FEED_URL.startswith(":"):
        return str(settings.FEED_URL)
    host, _ = split_domain_port(request.get_host())
    return f"{request.scheme}://{host}{settings.FEED_URL}"


def _last_event_id(request: Request) -> int | None:
    """A browser that connects again sends the header, while the address is still that of the first time."""
    if header := request.META.get("HTTP_LAST_EVENT_ID"):
        return whole_number(header, "Last-Event-ID", _POSITIONS)
    return whole_number(request.query_params.get("last_event_id"), "?last_event_id", _POSITIONS)


def _refusal(error: NoSeat) -> ApiProblem:
    headers = {"Retry-After": str(RETRY_AFTER)}
    if error.of_client:
        return TooManyListeners(f"You have {error.limit} listeners already; close one of them.", headers=headers)
    return FeedFull(f"There are {error.limit} listeners already; try again later.", headers=headers)
