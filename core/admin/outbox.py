"""The outbox and the relay in the console: what waits, and what people did about it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest

from core.admin.events import SYSTEM
from core.console import ConsoleAdmin, Fact, Panel, link_to, moment
from core.console.navigation import Menu
from core.console.timeline import register_words
from core.models import LogEntry, OutboxEntry, Relay
from core.relay import oldest_undelivered


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 94, "outbox")
    list_display = ("event", "subject_id", "version")
    list_select_related = ("event",)
    ordering = ("-pk",)
    search_exact = ("subject_id",)
    search_help_text = "The id of an event or of what it is about"

    def facts(self, obj: OutboxEntry) -> Sequence[Fact]:
        return [Fact("Event", link_to("core.event", obj.event_id, obj.event)), Fact("Version", obj.version)]


@admin.register(LogEntry)
class LogEntryAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 91, "format_list_numbered")
    list_display = ("position", "type", "client", "event")
    list_select_related = ("client", "event")
    search_exact = ("position", "event")
    search_help_text = "A position, or the id of an event"

    def facts(self, obj: LogEntry) -> Sequence[Fact]:
        return [
            Fact("Position", obj.position),
            Fact("Event", link_to("core.event", obj.event_id, obj.event)),
            Fact("Client", obj.client or "Nobody's but ours"),
        ]


@admin.register(Relay)
class RelayAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 95, "conveyor_belt")
    list_display = ("__str__", "version")

    def panels(self, request: HttpRequest, obj: Relay) -> Sequence[Panel]:
        waiting = [(state.lane, moment(state.since)) for state in oldest_undelivered()]
        return [Panel("Lanes", ("Lane", "The oldest undelivered waits since"), waiting)]


register_words(
    {
        "relay.replayed": lambda data: f"Dead letters replayed: {', '.join(map(str, data['deliveries']))}",
        "message.released": lambda data: f"Uncertain e-mail {data['message_id']} to be sent once more",
    }
)
