"""The log of events as it grows, as server-sent events or over a WebSocket, and tickets for browsers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.api.problems import MalformedInput
from core.api.renderers import json_response, rfc3339
from core.api.streaming import POSITIONS, StreamSchema, StreamView
from core.authorities import EVENTS_READ
from core.log.api import serializers
from core.log.api.tickets import TICKET_SECONDS, Ticket, TicketAuthentication, shown_ticket
from core.log.api.views import LogView, patterns_of, require_known, require_reached, types_parameter
from core.log.reading import newest_position
from core.log.streaming import EVENT_STREAM, SOCKET, LogSource, Wanted
from core.log.streaming.wanted import Subject

_AFTER = "The `position` that you have come to; now when absent. The header Last-Event-ID goes before it."
_TICKET = "From `POST /events/tickets/`, in place of an API key, for browsers. It says what you are told."


class _FilteredSchema(StreamSchema):
    def _parameters(self) -> Iterator[OpenApiParameter]:
        yield from super()._parameters()
        yield types_parameter()


class _TicketSchema(_FilteredSchema):
    def _parameters(self) -> Iterator[OpenApiParameter]:
        yield from super()._parameters()
        yield OpenApiParameter("ticket", str, OpenApiParameter.QUERY, description=_TICKET)


class LogStreamView(StreamView, LogView):
    """A stream of the log, from where the client has come to."""

    tells = """The events of `GET /events/`, each as soon as it is in the log, as `data:`; its position is the `id:`.
`event: position` tells how far the stream has come. An Upgrade opens a WebSocket that tells the same:
docs/how-to/follow-events.md."""
    parameters = {"after": (_AFTER, POSITIONS)}
    schema: StreamSchema = _FilteredSchema()

    @classmethod
    def query_names(cls) -> frozenset[str]:
        return super().query_names() | {"types"}

    def follow(self, patterns: Sequence[str], subject: Subject | None = None) -> HttpResponse:
        wanted = Wanted(self.viewer, tuple(patterns), subject)
        after = self._begin_after()
        return self.stream(
            lambda: LogSource(wanted, after, EVENT_STREAM),
            lambda: LogSource(wanted, after, SOCKET),
        )

    def _begin_after(self) -> int:
        """The newest position where none is named. Raises MalformedInput for one that the log hasn't come to."""
        after = self.last_event_id("after")
        if after is None:
            return newest_position()
        require_reached(after, "Last-Event-ID" if self.request.META.get("HTTP_LAST_EVENT_ID") else "?after")
        return after


class EventsStream(LogStreamView):
    """The events after a position, and then each as it is recorded."""

    authentication_classes = (TicketAuthentication,)
    schema = _TicketSchema()

    @classmethod
    def query_names(cls) -> frozenset[str]:
        return super().query_names() | {"ticket"}

    def get(self, request: Request) -> HttpResponse:
        ticket = shown_ticket(request)
        if ticket is None:
            if "ticket" in request.query_params:
                raise MalformedInput.at("?ticket", "not_both", "You show a key: leave the ticket out.")
            return self.follow(patterns_of(request))
        if "types" in request.query_params:
            raise MalformedInput.at("?types", "said_by_ticket", "Your ticket says what you are told.")
        return self.follow(ticket.patterns, ticket.subject)


class Tickets(LogView):
    """A ticket to open streams with, for a page in a browser, which is no place for an API key.

    It tells what your key sees of what you name here, and no more. Open the stream within a minute.
    """

    acts = False
    scopes = {"POST": EVENTS_READ}
    bodies = {"POST": serializers.FilterSerializer}
    answers = {"POST": serializers.TicketSerializer}

    def post(self, request: Request) -> HttpResponse:
        ticket = _ticket_of(self.body()).signed(self.caller.key)
        expires_at = timezone.now() + dt.timedelta(seconds=TICKET_SECONDS)
        document = {"ticket": ticket, "expires_at": rfc3339(expires_at)}
        return json_response(document, headers={"Cache-Control": "no-store"})


def _ticket_of(asked: dict[str, Any]) -> Ticket:
    """Raises MalformedInput for a type that no event can have."""
    types, subject = asked.get("types", ()), asked.get("subject")
    require_known(types, "/types")
    return Ticket(tuple(types), subject and (subject["type"], subject["id"]))
