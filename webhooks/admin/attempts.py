"""Requests to endpoints and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from core.admin.clients import CLIENTS
from core.console import ConsoleAdmin, Fact, Panel, link_to, moment
from core.console.navigation import Menu
from core.console.parts import known
from webhooks import authorities as may
from webhooks.admin.parts import ENDPOINT, event_link, outcome_badge
from webhooks.models import Attempt


def replay_form(endpoint_id: object, **fields: object) -> str:
    """The form that sends events again, filled in."""
    return str(reverse("admin:webhooks_endpoint_press", args=[endpoint_id, "replay"], query=fields))


@admin.register(Attempt)
class AttemptAdmin(ConsoleAdmin):
    menu = Menu(CLIENTS, 73, "send")
    list_display = ("event_type", "of", "outcome_shown", "status_shown", "took", "error", "at")
    list_select_related = ("endpoint",)
    list_defer = ("request_headers", "request_body", "response_headers", "response_body")
    linked_lookups = ("endpoint__id__exact",)
    search_exact = ("event",)
    search_help_text = "The id of an event: what its webhook-id said"

    @admin.display(description="Endpoint")
    def of(self, attempt: Attempt) -> object:
        return link_to(ENDPOINT, attempt.endpoint_id, attempt.endpoint)

    @admin.display(description="Outcome")
    def outcome_shown(self, attempt: Attempt) -> SafeString:
        return outcome_badge(attempt)

    @admin.display(description="Status")
    def status_shown(self, attempt: Attempt) -> object:
        return attempt.status_code or attempt.error_code

    @admin.display(description="ms")
    def took(self, attempt: Attempt) -> str:
        return f"{attempt.milliseconds:,}"

    @admin.display(description="When")
    def at(self, attempt: Attempt) -> object:
        return moment(attempt.made_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("endpoint")

    def badges(self, obj: Attempt) -> Sequence[object]:
        return [outcome_badge(obj)]

    def facts(self, obj: Attempt) -> Sequence[Fact]:
        return known(
            [
                Fact("Endpoint", self.of(obj)),
                Fact("When", moment(obj.made_at)),
                Fact("Address", obj.address),
                Fact("Id", obj.pk),
            ]
        )

    def panels(self, request: HttpRequest, obj: Attempt) -> Sequence[Panel]:
        again = [("Send this event again", replay_form(obj.endpoint_id, event_id=obj.event_id))]
        came = [
            Fact("Event", event_link(request, obj.event_id, f"{obj.event_type} {obj.event_id}")),
            Fact("Status", obj.status_code or "None: there was no answer"),
            Fact("Error", obj.error or None),
            Fact("Took", f"{obj.milliseconds:,} ms"),
        ]
        return [
            Panel("What came of it", facts=known(came), to=again if may.MANAGE.held_by(request.user) else ()),
            _message("Request", obj.request_headers, obj.request_body, "Without a body."),
            _message("Answer", obj.response_headers, obj.response_body, "Without a body, or there was no answer."),
        ]


def _message(title: str, headers: Mapping[str, str], body: str, empty: str) -> Panel:
    context = {"headers": [Fact(*each) for each in headers.items()], "body": pretty(body), "empty": empty}
    return Panel(title, template="admin/webhooks/message.html", context=context)


def pretty(body: str) -> str:
    """JSON in lines; anything else, JSON that was cut off too, as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
