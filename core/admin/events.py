"""Events, their deliveries and what was sent or remembered because of them, in the console."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from core import relay
from core.actors import Actor
from core.authorities import DELIVERIES_REPLAY, MESSAGES_SEND
from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, FlagFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import Tone
from core.console.timeline import in_words
from core.lanes import LANES
from core.messages import send_again
from core.models import (
    Client,
    Delivery,
    DeliveryStatus,
    Event,
    IdempotencyRecord,
    Message,
    MessageStatus,
    OutboxEntry,
    User,
    Versioned,
)
from core.transitions import Blocker

SYSTEM = "System"

DELIVERY_TONES: dict[str, Tone] = {"pending": "info", "claimed": "info", "done": "good", "dead": "bad"}


@functools.cache
def _versioned_models() -> dict[str, str]:
    """subject_type → the label of the model that has its pages: the one that says this of itself."""
    return {
        model.subject_type: model._meta.label_lower
        for model in apps.get_models()
        if issubclass(model, Versioned) and admin.site.is_registered(model) and "subject_type" in vars(model)
    }


def subject_link(subject_type: str, subject_id: uuid.UUID) -> object:
    """Its page, where it has one."""
    model = _versioned_models().get(subject_type)
    words = f"{subject_type} {subject_id}"
    return words if model is None else link_to(model, subject_id, words)


@admin.register(Event)
class EventAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 90, "history")
    list_display = ("type", "words", "subject", "version", "who", "at")
    list_filter = (EnteredFilter,)
    search_exact = ("subject_id",)
    search_help_text = "The id of an event or of what it is about"

    @admin.display(description="What")
    def words(self, event: Event) -> str:
        return in_words(event, {})

    @admin.display(description="About")
    def subject(self, event: Event) -> object:
        return subject_link(event.subject_type, event.subject_id)

    @admin.display(description="Who")
    def who(self, event: Event) -> str:
        return f"{event.actor_kind}:{event.actor_name}"

    @admin.display(description="When")
    def at(self, event: Event) -> object:
        return moment(event.occurred_at)

    def headline(self, obj: Event) -> str:
        return in_words(obj, {})

    def badges(self, obj: Event) -> Sequence[object]:
        return [badge(obj.type)]

    def facts(self, obj: Event) -> Sequence[Fact]:
        return [
            Fact("About", self.subject(obj)),
            Fact("Version", obj.version),
            Fact("Who", self.who(obj)),
            Fact("When", moment(obj.occurred_at)),
            Fact("Request", obj.request_id),
            Fact("Id", obj.pk),
        ]

    def panels(self, request: HttpRequest, obj: Event) -> Sequence[Panel]:
        deliveries = [
            (
                link_to("core.delivery", delivery.pk, delivery.target),
                delivery.lane,
                _delivery_badge(delivery),
                delivery.attempts,
                moment(delivery.finished_at),
            )
            for delivery in obj.deliveries.all()[:50]
        ]
        return [
            Panel(
                "Deliveries",
                ("Target", "Lane", "Status", "Attempts", "Finished"),
                deliveries,
                numeric={3},
                empty="It is in the outbox, about to be delivered."
                if _is_in_outbox(obj)
                else "Nobody hears this event.",
            ),
            Panel("Data", facts=[Fact(name, value) for name, value in obj.data.items()], empty="It carries no data."),
        ]


def _is_in_outbox(event: Event) -> bool:
    return OutboxEntry.objects.filter(pk=event.pk).exists()


def _delivery_badge(delivery: Delivery) -> SafeString:
    return badge(delivery.get_status_display(), DELIVERY_TONES[delivery.status])


def replay(pressed: Submission) -> str:
    relay.replay_dead_letters([pressed.obj.pk], actor=pressed.actor)
    return "It will be delivered again soon."


def _is_dead(delivery: Delivery) -> Blocker | None:
    if delivery.status == DeliveryStatus.DEAD:
        return None
    return Blocker(f"It is {delivery.get_status_display().lower()}, not a dead letter.", "Nothing to do.")


class WaitingInFilter(DropdownFilter):  # type: ignore[misc]
    """What is neither done nor given up, of one lane."""

    title = "waiting in lane"
    parameter_name = "waiting_in"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[Any, str]]:
        return [(lane.name, lane.name) for lane in LANES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        undelivered = [DeliveryStatus.PENDING, DeliveryStatus.CLAIMED]
        return queryset.filter(lane=self.value(), status__in=undelivered) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 91, "outgoing_mail")
    list_display = ("target", "lane", "event_type", "state", "attempts", "next_try", "error")
    list_select_related = ("event",)
    list_filter = (("status", ChoicesDropdownFilter), WaitingInFilter)
    linked_lookups = ("status__exact",)
    search_exact = ("event__id", "subject_id")
    search_help_text = "The id of the event or of what it is about"
    actions = ("replay_dead_letters",)
    buttons = (Button("replay", "Replay", replay, DELIVERIES_REPLAY, look="primary", blocked=_is_dead),)

    @admin.action(description="Replay the dead letters among them")
    def replay_dead_letters(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        if not DELIVERIES_REPLAY.held_by(request.user):
            raise PermissionDenied
        replayed = relay.replay_dead_letters(
            list(queryset.values_list("pk", flat=True)),
            actor=Actor.staff(request.user),  # type: ignore[arg-type]
        )
        if replayed:
            messages.success(request, f"{replayed} will be delivered again soon.")
        else:
            messages.warning(request, "None of them is a dead letter; nothing was done.")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: dict[str, Any] = super().get_actions(request)
        return offered if DELIVERIES_REPLAY.held_by(request.user) else {}

    @admin.display(description="Event")
    def event_type(self, delivery: Delivery) -> str:
        return delivery.event.type

    @admin.display(description="Status")
    def state(self, delivery: Delivery) -> SafeString:
        return _delivery_badge(delivery)

    @admin.display(description="Next try")
    def next_try(self, delivery: Delivery) -> object:
        return moment(delivery.available_at if delivery.status == DeliveryStatus.PENDING else None)

    @admin.display(description="Last error")
    def error(self, delivery: Delivery) -> str:
        return delivery.last_error[:80]

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("event")

    def headline(self, obj: Delivery) -> str:
        return f"{obj.target} ← {obj.event.type}"

    def badges(self, obj: Delivery) -> Sequence[object]:
        return [_delivery_badge(obj)]

    def facts(self, obj: Delivery) -> Sequence[Fact]:
        return [
            Fact("Event", link_to("core.event", obj.event_id, obj.event)),
            Fact("Target", obj.target),
            Fact("Lane", obj.lane),
            Fact("Queued", moment(obj.queued_at)),
            Fact("Attempts", obj.attempts),
            Fact("Next try", self.next_try(obj)),
            Fact("Finished", moment(obj.finished_at)),
        ]

    def panels(self, request: HttpRequest, obj: Delivery) -> Sequence[Panel]:
        return [Panel("Last error", facts=[Fact("Error", obj.last_error)] if obj.last_error else (), empty="None.")]


MESSAGE_TONES: dict[str, Tone] = {"owed": "info", "sent": "good", "uncertain": "bad"}


def send_message_again(pressed: Submission) -> str:
    send_again(pressed.obj.pk, actor=pressed.actor)
    return "It will be sent again soon."


def _is_uncertain(message: Message) -> Blocker | None:
    if message.status == MessageStatus.UNCERTAIN:
        return None
    return Blocker(f"It is {message.get_status_display().lower()}, not uncertain.", "Nothing to do.")


class UncertainFilter(FlagFilter):
    title = "uncertain"
    parameter_name = "uncertain"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=MessageStatus.UNCERTAIN)

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(status=MessageStatus.UNCERTAIN)


@admin.register(Message)
class MessageAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 92, "mail")
    list_display = ("recipient", "subject", "kind", "state", "sent")
    list_filter = (UncertainFilter, EnteredFilter)
    buttons = (
        Button(
            "send_again",
            "Send again",
            send_message_again,
            MESSAGES_SEND,
            look="primary",
            blocked=_is_uncertain,
            help="The mail server had all of it and never answered. Make sure in its log that it isn't there.",
            confirm=True,
        ),
    )
    search_exact = ("event_id",)
    search_help_text = "The id of the message or of its event"

    @admin.display(description="Status")
    def state(self, message: Message) -> SafeString:
        return badge(message.get_status_display(), MESSAGE_TONES[message.status])

    @admin.display(description="Sent")
    def sent(self, message: Message) -> object:
        return moment(message.sent_at)

    def badges(self, obj: Message) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: Message) -> Sequence[Fact]:
        return [
            Fact("To", obj.recipient),
            Fact("Subject", obj.subject),
            Fact("Kind", obj.kind),
            Fact("Because of", link_to("core.event", obj.event_id, "event")),
            Fact("Created", moment(obj.created_at)),
            Fact("Sent", moment(obj.sent_at)),
        ]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 93, "repeat_one")
    list_display = ("key", "client", "user", "status", "at")
    list_select_related = ("client", "user")
    list_defer = ("body",)
    list_filter = (("client", RelatedDropdownFilter),)
    ordering = ("-id",)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Keys are indexed within their client or person, of whom there are few."""
        clients = queryset.filter(client__in=list(Client.objects.values_list("pk", flat=True)), key=term)
        return clients | queryset.filter(user__in=list(User.objects.values_list("pk", flat=True)), key=term)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["key"]

    @admin.display(description="When")
    def at(self, record: IdempotencyRecord) -> object:
        return moment(record.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client", "user").defer("body")

    def facts(self, obj: IdempotencyRecord) -> Sequence[Fact]:
        owner = (
            Fact("Person", link_to("core.user", obj.user_id, obj.user))
            if obj.user_id
            else Fact("Client", link_to("core.client", obj.client_id, obj.client))
        )
        return [
            owner,
            Fact("HTTP status", obj.status),
            Fact("Fingerprint", obj.fingerprint),
            Fact("When", moment(obj.created_at)),
        ]


register_tile(
    Tile(
        "Dead letters",
        "Deliveries that were given up; replay them.",
        "core.delivery",
        lambda: Delivery.objects.filter(status=DeliveryStatus.DEAD),
        {"status__exact": "dead"},
        position=90,
    )
)

register_tile(
    Tile(
        "Uncertain e-mails",
        "The mail server never said whether it keeps them; find out, and send again what is missing.",
        "core.message",
        lambda: Message.objects.filter(status=MessageStatus.UNCERTAIN),
        {"uncertain": "yes"},
        position=91,
    )
)
