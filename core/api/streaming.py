"""Views whose answer is a stream: who may listen, and how many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from core.api.event_streams import MEDIA_TYPE, EventStreamRenderer
from core.api.filters import whole_number
from core.api.problems import ApiProblem
from core.api.schema import ApiSchema
from core.api.views import ApiView
from core.errors import DomainError, NotFound
from core.streams import EventStream, NoSeat, Socket, Source, StreamResponse, seats
from core.streams.handler import STREAMS
from core.streams.seats import Seat

POSITIONS = range(2**63)
RETRY_AFTER = 5
"""Seconds after which a listener without a seat may try again."""


class FeedFull(ApiProblem):
    status_code = 503
    default_code = "feed_full"


class TooManyListeners(ApiProblem):
    status_code = 429
    default_code = "too_many_listeners"


class FeedElsewhere(DomainError):
    """A process that serves one request at a time would serve nobody else while somebody listens."""

    code = "feed_elsewhere"
    status = 421
    title = "Misdirected request"

    def __init__(self) -> None:
        super().__init__(
            "This process serves no streams.",
            unblock="Ask through the proxy, which knows the feed process: it alone serves them.",
        )


class StreamSchema(ApiSchema):
    """A stream isn't described by a serializer."""

    view: StreamView

    def get_response_serializers(self) -> Any:
        return {200: OpenApiResponse(OpenApiTypes.STR, description=self.view.tells)}

    def _refusals(self) -> Iterator[str]:
        yield from super()._refusals()
        yield "421"

    def _parameters(self) -> Iterator[OpenApiParameter]:
        yield from super()._parameters()
        position = {"type": "integer", "minimum": POSITIONS[0], "maximum": POSITIONS[-1]}
        words = "The id of the last message that you had: what came after it follows."
        yield OpenApiParameter("Last-Event-ID", position, OpenApiParameter.HEADER, description=words)


class StreamView(ApiView):
    """GET answers with a stream, in the feed process alone."""

    tells: ClassVar[str]
    """What comes, for the documentation."""

    renderer_classes = (EventStreamRenderer,)
    schema = StreamSchema()

    def stream(self, as_events: Callable[[], Source], as_frames: Callable[[], Source] | None = None) -> StreamResponse:
        """At a seat of the caller's. `as_frames` makes the source for a WebSocket; None where none can be opened.

        Raises FeedElsewhere, NotFound, TooManyListeners or FeedFull.
        """
        protocol = self.request.META.get(STREAMS)
        if protocol is None:
            raise FeedElsewhere
        if protocol == "http":
            return StreamResponse(EventStream(self._seat(), as_events))
        if as_frames is None:
            raise NotFound("There is no WebSocket here, but server-sent events.")
        return StreamResponse(Socket(self._seat(), as_frames))

    def last_event_id(self, parameter: str) -> int | None:
        """What the header Last-Event-ID says, or else the query parameter of that name: a browser that connects again
        sends the header, while the address is still that of the first time. Raises MalformedInput."""
        if header := self.request.META.get("HTTP_LAST_EVENT_ID"):
            return whole_number(header, "Last-Event-ID", POSITIONS)
        return whole_number(self.request.query_params.get(parameter), f"?{parameter}", POSITIONS)

    def head(self, request: Request, **_: Any) -> HttpResponse:
        return HttpResponse(content_type=MEDIA_TYPE)

    def _seat(self) -> Seat:
        try:
            return seats.take(self.caller.key)
        except NoSeat as error:
            raise _refusal(error) from error


def _refusal(error: NoSeat) -> ApiProblem:
    headers = {"Retry-After": str(RETRY_AFTER)}
    if error.of_client:
        return TooManyListeners(f"You have {error.limit} listeners already; close one of them.", headers=headers)
    return FeedFull(f"There are {error.limit} listeners already; try again later.", headers=headers)
