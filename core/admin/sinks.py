"""Event sinks in the console: how far each broker is, why one fails, and buttons to pause, resume and reposition it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from core.admin.events import SYSTEM
from core.authorities import SINKS_MANAGE
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.charts import Chart, Series, last_hours
from core.console.dashboard import Tile, register_tile
from core.console.filters import FlagFilter
from core.console.navigation import Menu
from core.console.timeline import register_words
from core.models import LogEntry, Sink, SinkHour
from core.sinks.actions import pause_sink, reposition_sink, resume_sink
from core.sinks.queries import settings_of
from core.transitions import Blocker


class RepositionForm(ActionForm):
    after = forms.IntegerField(
        label="After position",
        min_value=0,
        help_text="In the log of events. 0: from the first event on. Behind where the sink is, events are sent again, "
        "with the same ids; ahead of it, those between are never sent.",
    )


def _pause(pressed: Submission) -> str:
    pause_sink(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is paused; the log waits for it."


def _resume(pressed: Submission) -> str:
    resume_sink(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is sent what came meanwhile."


def _reposition(pressed: Submission) -> str:
    after = pressed.data["after"]
    reposition_sink(pressed.obj.pk, after=after, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} goes on after position {after:,}."


def _is_paused(sink: Sink) -> Blocker | None:
    return Blocker("The sink is paused already.", "Nothing to do.") if sink.paused_at else None


def _is_not_paused(sink: Sink) -> Blocker | None:
    return None if sink.paused_at else Blocker("The sink isn't paused.", "Nothing to do.")


class FailingFilter(FlagFilter):
    title = "failing"
    parameter_name = "failing"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=Sink.objects.failing())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(pk__in=Sink.objects.failing())


@admin.register(Sink)
class SinkAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 92, "outbound")
    list_display = ("name", "state", "reached", "lag", "since", "confirmed", "error")
    list_filter = (FailingFilter,)
    ordering = ("name",)
    buttons = (
        Button("pause", "Pause", _pause, SINKS_MANAGE, blocked=_is_paused),
        Button("resume", "Resume", _resume, SINKS_MANAGE, look="primary", blocked=_is_not_paused),
        Button("reposition", "Continue from a position", _reposition, SINKS_MANAGE, form=RepositionForm, look="danger"),
    )

    @admin.display(description="Status")
    def state(self, sink: Sink) -> SafeString:
        return _state(sink)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = LogEntry.objects.order_by("-position").values("position")[:1]
        sinks: QuerySet[Any] = super().get_queryset(request).annotate(newest=Coalesce(Subquery(newest), 0))
        return sinks

    @admin.display(description="Position")
    def reached(self, sink: Sink) -> str:
        return f"{sink.position:,}"

    @admin.display(description="Behind by")
    def lag(self, sink: Any) -> str:
        return f"{sink.newest - sink.position:,}"

    @admin.display(description="Fails since")
    def since(self, sink: Sink) -> object:
        return moment(sink.failing_since)

    @admin.display(description="Last confirmed")
    def confirmed(self, sink: Sink) -> object:
        return moment(sink.confirmed_at)

    @admin.display(description="Last error")
    def error(self, sink: Sink) -> str:
        return sink.last_error[:100]

    def badges(self, obj: Sink) -> Sequence[object]:
        return [_state(obj)]

    def facts(self, obj: Sink) -> Sequence[Fact]:
        named = settings_of(obj)
        return [
            Fact("Where", named.place if named else ""),
            Fact("Types", ", ".join(named.types) or "All" if named else ""),
            Fact("CloudEvents", named.mode if named else ""),
            Fact("Since", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        row = [f"{obj.position:,}", f"{obj.newest:,}", self.lag(obj), moment(obj.confirmed_at)]
        standing = Panel("Standing", ["Position", "Newest", "Behind by", "Last confirmed"], [row], numeric=range(3))
        failure = [] if obj.failing_since is None else [_failure_panel(obj)]
        return [*failure, standing, *_rate_panels(obj)]


@admin.register(SinkHour)
class SinkHourAdmin(ConsoleAdmin):
    list_display = ("__str__", "of", "events", "failures")
    list_select_related = ("sink",)

    @admin.display(description="Sink")
    def of(self, hour: SinkHour) -> object:
        return link_to("core.sink", hour.sink_id, hour.sink)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("sink")

    def facts(self, obj: SinkHour) -> Sequence[Fact]:
        return [Fact("Sink", self.of(obj)), Fact("Events confirmed", obj.events), Fact("Failed tries", obj.failures)]


def _failure_panel(sink: Sink) -> Panel:
    facts = [
        Fact("Fails since", moment(sink.failing_since)),
        Fact("Failures", sink.failures),
        Fact("Next try", moment(sink.next_try_at)),
        Fact("Last error", sink.last_error),
    ]
    return Panel("Failure", facts=facts)


def _rate_panels(sink: Sink) -> Sequence[Panel]:
    """Events and failures have a chart each: one try that fails stands for as many events as it would have sent."""
    hours = last_hours(timezone.now())
    rows = list(sink.hours.filter(hour__gte=hours[0]).values_list("hour", "events", "failures"))
    events, failures = {hour: (count,) for hour, count, _ in rows}, {hour: (count,) for hour, _, count in rows}
    charts = [
        Chart("events", "Events confirmed by hour", [Series("Confirmed", "info")], hours, events, "None in this time."),
        Chart("failures", "Failed tries by hour", [Series("Failed", "bad")], hours, failures, "None in this time."),
    ]
    return [
        Panel(f"{chart.title}, last 24 hours", template="admin/console/chart.html", context={"chart": chart})
        for chart in charts
    ]


def _state(sink: Sink) -> SafeString:
    if settings_of(sink) is None:
        return badge("Not in EVENT_SINKS", "neutral")
    if sink.paused_at is not None:
        return badge("Paused", "warn")
    if sink.failing_since is not None:
        return badge("Failing", "bad")
    is_at_work = sink.lease_until is not None and sink.lease_until > timezone.now()
    return badge("At work", "info") if is_at_work else badge("Waiting", "good")


register_tile(
    Tile(
        "Failing event sinks",
        "A broker that doesn't take its events. They wait; nobody else waits for it.",
        "core.sink",
        Sink.objects.failing,
        {"failing": "yes"},
        position=95,
    )
)
register_words(
    {
        "sink.paused": lambda _: "Paused",
        "sink.resumed": lambda _: "Resumed",
        "sink.repositioned": lambda data: f"Goes on after position {data['after']:,}, not {data['before']:,}",
    }
)
