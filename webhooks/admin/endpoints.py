"""Endpoints in the console: how each stands, how much it is sent, and buttons for all that can be done to one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Func, IntegerField, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.clients import CLIENTS
from core.console import Button, ConsoleAdmin, Done, Fact, Panel, Submission, button_of, link_to, moment
from core.console.charts import Chart, Series, last_hours
from core.console.dashboard import COUNTED, Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, FlagFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import known, list_of
from core.models import Delivery
from webhooks import actions
from webhooks import authorities as may
from webhooks.admin.attempts import replay_form
from webhooks.admin.forms import EditForm, NewEndpointForm, ReplayForm, RotateForm, changes_of, stored_in
from webhooks.admin.parts import (
    ATTEMPT,
    ENDPOINT,
    counted,
    event_link,
    outcome_badge,
    shortened,
    status_badge,
    wide,
)
from webhooks.admin.secrets import secret_badge, shown_once
from webhooks.admin.standing import given_up_of, standing_panel, waiting_for
from webhooks.models import PREFIX, Attempt, Endpoint
from webhooks.operations import EDIT, PAUSE, REMOVE, REPLAY, RESUME, ROTATE_SECRET, SEND_TEST
from webhooks.rates import Rate, rate_of
from webhooks.statuses import EndpointStatus

SHOWN_ATTEMPTS, SHOWN_EVENTS, SHOWN_SECRETS = 20, 10, 5

_MOST_OF_AN_HOUR = 1000
_HOUR = dt.timedelta(hours=1)


def _add(pressed: Submission) -> Done:
    client = pressed.data["client"]
    endpoint, secret = actions.create_endpoint(client.pk, changes_of(pressed.data), actor=pressed.actor)
    return shown_once(pressed, endpoint, secret)


def _edit(pressed: Submission) -> str:
    actions.edit_endpoint(
        pressed.obj.pk, changes_of(pressed.data), actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{pressed.data['url']}: changed. What waits is sent as this says."


def _replay(pressed: Submission) -> str:
    _, count = actions.replay(
        pressed.obj.pk, **pressed.data, actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{count:,} {'event waits' if count == 1 else 'events wait'} for {pressed.obj} because of this."


def _rotate(pressed: Submission) -> Done:
    hours = pressed.data["overlap_hours"]
    endpoint, secret = actions.rotate_secret(
        pressed.obj.pk, overlap_hours=hours, actor=pressed.actor, expected_version=pressed.expected_version
    )
    until = timezone.now() + dt.timedelta(hours=hours) if hours else None
    return shown_once(pressed, endpoint, secret, others_until=until)


class FailingFilter(FlagFilter):
    title = "failing"
    parameter_name = "failing"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=Endpoint.objects.failing())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(pk__in=Endpoint.objects.failing())


def _at_most(rows: QuerySet[Any], most: int) -> Func:
    """How many rows, read no further than one more than `most`."""
    return Func(
        ArraySubquery(rows.order_by().values("pk")[: most + 1]), function="CARDINALITY", output_field=IntegerField()
    )


@admin.register(Endpoint)
class EndpointAdmin(ConsoleAdmin):
    menu = Menu(CLIENTS, 72, "webhook")
    list_display = ("address", "client", "state", "since", "waiting_shown", "taken", "last_hour_shown")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter), ("status", ChoicesDropdownFilter), FailingFilter)
    linked_lookups = ("status__exact",)
    list_buttons = (
        Button("add", "New endpoint", _add, may.MANAGE, form=NewEndpointForm, look="primary",
               help="Its secret is shown once, on the next page."),
    )  # fmt: skip
    buttons = (
        button_of(EDIT, _edit, form=EditForm, initial=stored_in),
        button_of(SEND_TEST, told="A test is on its way to {}: it comes first among the attempts below."),
        button_of(REPLAY, _replay, form=ReplayForm,
                  help="What the endpoint hears as it is set now, sent before or not. Each keeps its id, by which the "
                  "receiver knows what it has had."),
        button_of(ROTATE_SECRET, _rotate, form=RotateForm, help="The new one is shown once, on the next page."),
        button_of(RESUME, told="{} is active: it is sent what was kept for it, and what happens.", look="primary"),
        button_of(PAUSE, told="{} is paused: what happens is kept for it."),
        button_of(REMOVE, told="{} is removed.", look="danger", confirm=True,
                  help="For ever: it is told nothing more, and what waits for it is forgotten. To stop it for a while, "
                  "pause it."),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how much waits and was sent in the last hour, as far as it is counted."""
        target = Concat(Value(f"{PREFIX}:"), Cast(OuterRef("pk"), CharField()))
        waiting = Delivery.objects.filter(target=target, status__in=["pending", "claimed"])
        sent = Attempt.objects.filter(endpoint=OuterRef("pk"), made_at__gte=timezone.now() - _HOUR)
        endpoints: QuerySet[Any] = super().get_queryset(request)
        counts = {"waiting": _at_most(waiting, COUNTED), "last_hour": _at_most(sent, _MOST_OF_AN_HOUR)}
        annotated: QuerySet[Any] = endpoints.annotate(**counts)
        return annotated

    @admin.display(description="URL")
    def address(self, endpoint: Endpoint) -> str:
        return shortened(endpoint.url)

    @admin.display(description="Status")
    def state(self, endpoint: Endpoint) -> SafeString:
        return status_badge(endpoint)

    @admin.display(description="Fails since")
    def since(self, endpoint: Endpoint) -> object:
        return moment(endpoint.failing_since)

    @admin.display(description="Waiting")
    def waiting_shown(self, endpoint: Any) -> str:
        return counted(endpoint.waiting)

    @admin.display(description="Last taken")
    def taken(self, endpoint: Endpoint) -> object:
        return moment(endpoint.delivered_at)

    @admin.display(description="Sent in the last hour")
    def last_hour_shown(self, endpoint: Any) -> str:
        return counted(endpoint.last_hour, _MOST_OF_AN_HOUR)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        endpoints: QuerySet[Any] = Endpoint.objects.select_related("client")
        return endpoints

    def badges(self, obj: Endpoint) -> Sequence[object]:
        return [status_badge(obj)]

    def facts(self, obj: Endpoint) -> Sequence[Fact]:
        return known(
            [
                Fact("Client", link_to("core.client", obj.client_id, obj.client)),
                Fact("What for", obj.description),
                Fact("Told of", "\n".join(obj.event_types) or "All that the client may see"),
                Fact("Payload", obj.get_payload_display()),
                Fact("Notices go to", obj.notify or "Nobody"),
                Fact("Created", moment(obj.created_at)),
                Fact("Id", obj.pk),
            ]
        )

    def panels(self, request: HttpRequest, obj: Endpoint) -> Sequence[Panel]:
        may_manage = may.MANAGE.held_by(request.user)
        return [
            standing_panel(obj, may_manage=may_manage),
            _rate_panel(obj),
            _attempts_panel(obj),
            _given_up_panel(request, obj, may_manage=may_manage),
            _waiting_panel(request, obj),
            _secrets_panel(obj),
        ]


def _rate_panel(endpoint: Endpoint) -> Panel:
    hours = last_hours(timezone.now())
    rate = rate_of(endpoint.pk, hours[0])
    series = (Series("Taken", "info"), Series("Failed", "bad"))
    chart = Chart("requests", "Requests by hour", series, hours, rate.hours, "Nothing was sent in this time.")
    context = {"chart": chart, "facts": _pace(rate), "cut_off": rate.begins > hours[0]}
    return Panel(
        "Requests of the last 24 hours", template="admin/webhooks/rate.html", context={**context, "rate": rate}
    )


def _pace(rate: Rate) -> Sequence[Fact]:
    if rate.median is None or rate.slowest is None:
        return ()
    share = rate.failed / (rate.taken + rate.failed)
    return [
        Fact("Failed", f"{share:.1%}"),
        Fact("Half took at most", f"{rate.median:,} ms"),
        Fact("95% took at most", f"{rate.slowest:,} ms"),
    ]


def _attempts_panel(endpoint: Endpoint) -> Panel:
    newest = endpoint.attempts.order_by("-id").defer(
        "request_headers", "request_body", "response_headers", "response_body"
    )
    rows = [
        (
            link_to(ATTEMPT, each.pk, each.event_type), outcome_badge(each), each.status_code, f"{each.milliseconds:,}",
            wide(each.error), moment(each.made_at),
        )
        for each in newest[:SHOWN_ATTEMPTS]
    ]  # fmt: skip
    headers = ("Event", "Outcome", "Status", "ms", "Error", "When")
    to = [("All", list_of(ATTEMPT, endpoint__id__exact=endpoint.pk))] if rows else []
    empty = "Nothing was sent yet. Send a test to see whether it arrives."
    return Panel("Newest attempts", headers, rows, numeric={2, 3}, empty=empty, to=to, anchor="attempts")


def _given_up_panel(request: HttpRequest, endpoint: Endpoint, *, may_manage: bool) -> Panel:
    rows = [
        (
            event_link(request, each.event_id, each.event.type), each.attempts, wide(each.last_error),
            moment(each.event.occurred_at), _again(endpoint, each, may_manage=may_manage),
        )
        for each in given_up_of(endpoint).select_related("event")[:SHOWN_EVENTS]
    ]  # fmt: skip
    headers = ("Event", "Tried", "Last error", "Happened", "")
    return Panel("Given up", headers, rows, numeric={1}, empty="Nothing.", anchor="given-up")


def _again(endpoint: Endpoint, delivery: Delivery, *, may_manage: bool) -> object:
    is_possible = may_manage and endpoint.status in {EndpointStatus.ACTIVE, EndpointStatus.PAUSED}
    if not is_possible:
        return ""
    address = replay_form(endpoint.pk, event_id=delivery.event_id)
    return format_html('<a class="qm-link" href="{}">Send again</a>', address)


def _waiting_panel(request: HttpRequest, endpoint: Endpoint) -> Panel:
    rows = [
        (
            event_link(request, each.event_id, each.event.type), each.attempts, wide(each.last_error),
            moment(each.queued_at), moment(each.available_at),
        )
        for each in waiting_for(endpoint).select_related("event")[:SHOWN_EVENTS]
    ]  # fmt: skip
    headers = ("Event", "Tried", "Last error", "Waits since", "Not before")
    return Panel("Waiting, those due first", headers, rows, numeric={1}, empty="Nothing.", anchor="waiting")


def _secrets_panel(endpoint: Endpoint) -> Panel:
    rows = [
        (moment(each.created_at), secret_badge(each), moment(each.expires_at))
        for each in endpoint.secrets.defer("sealed").order_by("-id")[:SHOWN_SECRETS]
    ]
    return Panel("Secrets", ("Made", "Status", "Until"), rows, aside=True)


register_tile(
    Tile(
        "Failing webhook endpoints",
        "Their newest requests failed. What happens is kept for them; nobody else waits.",
        ENDPOINT,
        Endpoint.objects.failing,
        {"failing": "yes"},
        position=96,
    )
)
register_tile(
    Tile(
        "Disabled webhook endpoints",
        "They took nothing for three days, or said that they are gone. Nothing is kept for them.",
        ENDPOINT,
        lambda: Endpoint.objects.filter(status=EndpointStatus.DISABLED),
        {"status__exact": "disabled"},
        position=97,
    )
)
