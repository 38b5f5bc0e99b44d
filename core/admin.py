"""The console's pages of core: API clients and keys, events and their deliveries, messages, people."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core import clients, relay
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.changelist import LookAheadMixin
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import Tone
from core.console.timeline import in_words
from core.models import (
    ApiKey,
    Client,
    ClientKind,
    Delivery,
    DeliveryStatus,
    Event,
    IdempotencyRecord,
    Message,
    MessageStatus,
    Versioned,
)
from core.transitions import Blocker

CLIENTS = "API"
SYSTEM = "System"
PEOPLE = "People"

DELIVERY_TONES: dict[str, Tone] = {"pending": "info", "claimed": "info", "done": "good", "dead": "bad"}


# API clients and keys


class ClientForm(ActionForm):
    name = forms.CharField(max_length=100, help_text="A storefront's name, a carrier, a warehouse.")
    kind = forms.ChoiceField(choices=ClientKind.choices)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Client.objects.filter(name=name).exists():
            raise forms.ValidationError("There is a client of that name already.")
        return name


class KeyForm(ActionForm):
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="What the key may do; another client's objects stay hidden."
    )
    days = forms.IntegerField(
        label="Expires after (days)", min_value=1, max_value=3650, required=False, help_text="Empty: it doesn't expire."
    )

    more = forms.RegexField(
        r"^[a-z_]+:[a-z_]+( *, *[a-z_]+:[a-z_]+)*$",
        label="Further scopes",
        required=False,
        help_text="Those that a route asks for only in part of its requests; separated by commas.",
    )

    field_order = ("scopes", "more", "days")

    def prepare(self) -> None:
        self.fields["scopes"].choices = [(scope, scope) for scope in known_scopes()]  # type: ignore[attr-defined]


def known_scopes() -> list[str]:
    """Every scope that some route of the API asks for."""
    return sorted({scope for view in _views(get_resolver().url_patterns) for scope in _scopes(view)})


def _views(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        else:
            yield getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)


def _scopes(view: Any) -> list[str]:
    declared = getattr(view, "scopes", None)
    return list(declared.values()) if isinstance(declared, dict) else []


def add_client(pressed: Submission) -> str:
    try:
        client = clients.create_client(name=pressed.data["name"], kind=pressed.data["kind"])
    except IntegrityError:
        return f"{pressed.data['name']} exists already."
    return f"{client.name} can be given a key now."


def give_key(pressed: Submission) -> HttpResponse:
    days = pressed.data["days"]
    expires_at = timezone.now() + dt.timedelta(days=days) if days else None
    further = [scope.strip() for scope in pressed.data["more"].split(",") if scope.strip()]
    scopes = [*pressed.data["scopes"], *further]
    key, text = clients.issue_key(pressed.obj.pk, scopes=scopes, expires_at=expires_at)
    context = {
        **admin.site.each_context(pressed.request),
        "title": "API key",
        "opts": Client._meta,
        "original": pressed.obj,
        "key": key,
        "text": text,
    }
    response = TemplateResponse(pressed.request, "admin/console/key.html", context)
    response["Cache-Control"] = "no-store"
    return response


def revoke(pressed: Submission) -> str:
    clients.revoke_key(pressed.obj.pk)
    return f"Key {pressed.obj} is revoked: requests with it are refused from now on."


def _not_revoked(key: ApiKey) -> Blocker | None:
    return Blocker("The key is revoked already.", "Issue a new one for the client.") if key.revoked_at else None


def _is_active(client: Client) -> Blocker | None:
    return None if client.active else Blocker("The client is inactive.", "Activate it first.")


def _key_badge(key: ApiKey) -> SafeString:
    if key.revoked_at:
        return badge("Revoked", "bad")
    return badge("Usable", "good") if key.is_usable(timezone.now()) else badge("Expired", "warn")


@admin.register(Client)
class ClientAdmin(ConsoleAdmin):
    menu = Menu(CLIENTS, 50, "hub")
    list_display = ("name", "kind", "state", "created")
    list_filter = (("kind", ChoicesDropdownFilter), "active")
    search_exact = ("name",)
    list_buttons = (
        Button("add", "Add client", add_client, form=ClientForm, permission="add", look="primary", once=True),
    )
    buttons = (
        Button(
            "issue-key",
            "Issue API key",
            give_key,
            form=KeyForm,
            look="primary",
            blocked=_is_active,
            once=True,
            help="The key is shown once, on the next page. Only its fingerprint is stored.",
        ),
    )

    @admin.display(description="Status")
    def state(self, client: Client) -> SafeString:
        return badge("Active", "good") if client.active else badge("Inactive", "bad")

    @admin.display(description="Created")
    def created(self, client: Client) -> object:
        return moment(client.created_at)

    def badges(self, obj: Client) -> Sequence[object]:
        return [badge(obj.get_kind_display()), self.state(obj)]

    def facts(self, obj: Client) -> Sequence[Fact]:
        return [Fact("Created", moment(obj.created_at)), Fact("Id", obj.pk)]

    def panels(self, request: HttpRequest, obj: Client) -> Sequence[Panel]:
        keys = obj.keys.all()[:50]
        rows = [
            (link_to("core.apikey", key.pk, key), _key_badge(key), ", ".join(key.scopes), moment(key.last_used_at))
            for key in keys
        ]
        return [Panel("API keys", ("Key", "Status", "Scopes", "Last used"), rows, empty="It has no key yet.")]


@admin.register(ApiKey)
class ApiKeyAdmin(ConsoleAdmin):
    menu = Menu(CLIENTS, 51, "key")
    list_display = ("__str__", "client", "state", "used", "created")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter),)
    search_exact = ("prefix",)
    ordering = ("-id",)
    buttons = (
        Button(
            "revoke",
            "Revoke",
            revoke,
            look="danger",
            confirm=True,
            blocked=_not_revoked,
            help="Requests with this key are refused at once and for ever. The client needs another key.",
        ),
    )

    @admin.display(description="Status")
    def state(self, key: ApiKey) -> SafeString:
        return _key_badge(key)

    @admin.display(description="Last used")
    def used(self, key: ApiKey) -> object:
        return moment(key.last_used_at)

    @admin.display(description="Issued")
    def created(self, key: ApiKey) -> object:
        return moment(key.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client")

    def badges(self, obj: ApiKey) -> Sequence[object]:
        return [_key_badge(obj)]

    def facts(self, obj: ApiKey) -> Sequence[Fact]:
        return [
            Fact("Client", link_to("core.client", obj.client_id, obj.client)),
            Fact("Scopes", "\n".join(obj.scopes)),
            Fact("Issued", moment(obj.created_at)),
            Fact("Expires", moment(obj.expires_at) if obj.expires_at else "Never"),
            Fact("Last used", moment(obj.last_used_at)),
            Fact("Revoked", moment(obj.revoked_at)),
        ]


# Events and what became of them


@functools.cache
def _versioned_models() -> dict[str, str]:
    """subject_type → the model's label."""
    return {model.subject_type: model._meta.label_lower for model in apps.get_models() if issubclass(model, Versioned)}


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
        model = _versioned_models().get(event.subject_type)
        words = f"{event.subject_type} {event.subject_id}"
        return words if model is None else link_to(model, event.subject_id, words)

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
            Fact("Fanned out", moment(obj.fanned_out_at)),
            Fact("Id", obj.pk),
        ]

    def panels(self, request: HttpRequest, obj: Event) -> Sequence[Panel]:
        deliveries = [
            (
                link_to("core.delivery", delivery.pk, delivery.handler),
                _delivery_badge(delivery),
                delivery.attempts,
                moment(delivery.finished_at),
            )
            for delivery in obj.deliveries.all()[:50]
        ]
        return [
            Panel(
                "Deliveries",
                ("Handler", "Status", "Attempts", "Finished"),
                deliveries,
                numeric={2},
                empty="No handler hears this event." if obj.fanned_out_at else "It was not handed to its handlers yet.",
            ),
            Panel("Data", facts=[Fact(name, value) for name, value in obj.data.items()], empty="It carries no data."),
        ]


def _delivery_badge(delivery: Delivery) -> SafeString:
    return badge(delivery.get_status_display(), DELIVERY_TONES[delivery.status])


def replay(pressed: Submission) -> str:
    relay.replay_dead_letters([pressed.obj.pk])
    return "It will be delivered again soon."


def _is_dead(delivery: Delivery) -> Blocker | None:
    if delivery.status == DeliveryStatus.DEAD:
        return None
    return Blocker(f"It is {delivery.get_status_display().lower()}, not a dead letter.", "Nothing to do.")


@admin.register(Delivery)
class DeliveryAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 91, "outgoing_mail")
    list_display = ("handler", "event_type", "state", "attempts", "next_try", "error")
    list_select_related = ("event",)
    list_filter = (("status", ChoicesDropdownFilter),)
    linked_lookups = ("status__exact",)
    search_exact = ("event__id", "subject_id")
    search_help_text = "The id of the event or of what it is about"
    actions = ("replay_dead_letters",)
    buttons = (Button("replay", "Replay", replay, look="primary", blocked=_is_dead),)

    @admin.action(description="Replay the dead letters among them")
    def replay_dead_letters(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        if not self.may(request, "change"):
            raise PermissionDenied
        replayed = relay.replay_dead_letters(list(queryset.values_list("pk", flat=True)))
        if replayed:
            messages.success(request, f"{replayed} will be delivered again soon.")
        else:
            messages.warning(request, "None of them is a dead letter; nothing was done.")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: dict[str, Any] = super().get_actions(request)
        return offered if self.may(request, "change") else {}

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
        return f"{obj.handler} ← {obj.event.type}"

    def badges(self, obj: Delivery) -> Sequence[object]:
        return [_delivery_badge(obj)]

    def facts(self, obj: Delivery) -> Sequence[Fact]:
        return [
            Fact("Event", link_to("core.event", obj.event_id, obj.event)),
            Fact("Handler", obj.handler),
            Fact("Attempts", obj.attempts),
            Fact("Next try", self.next_try(obj)),
            Fact("Finished", moment(obj.finished_at)),
        ]

    def panels(self, request: HttpRequest, obj: Delivery) -> Sequence[Panel]:
        return [Panel("Last error", facts=[Fact("Error", obj.last_error)] if obj.last_error else (), empty="None.")]


@admin.register(Message)
class MessageAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 92, "mail")
    list_display = ("recipient", "subject", "kind", "state", "sent")
    list_filter = (EnteredFilter,)
    search_exact = ("event_id",)
    search_help_text = "The id of the message or of its event"

    @admin.display(description="Status")
    def state(self, message: Message) -> SafeString:
        return badge(message.get_status_display(), "good" if message.status == MessageStatus.SENT else "warn")

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
    list_display = ("key", "client", "status", "at")
    list_select_related = ("client",)
    list_defer = ("body",)
    list_filter = (("client", RelatedDropdownFilter),)
    ordering = ("-id",)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Keys are indexed within their client, of which there are few."""
        return queryset.filter(client__in=list(Client.objects.values_list("pk", flat=True)), key=term)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["key"]

    @admin.display(description="When")
    def at(self, record: IdempotencyRecord) -> object:
        return moment(record.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client").defer("body")

    def facts(self, obj: IdempotencyRecord) -> Sequence[Fact]:
        return [
            Fact("Client", link_to("core.client", obj.client_id, obj.client)),
            Fact("HTTP status", obj.status),
            Fact("Fingerprint", obj.fingerprint),
            Fact("When", moment(obj.created_at)),
        ]


# People: accounts are Django's own, kept by Django's own forms

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(LookAheadMixin, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    menu = Menu(PEOPLE, 80, "badge")
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_filter = ("is_staff", "is_superuser", "is_active")


@admin.register(Group)
class GroupAdmin(LookAheadMixin, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    menu = Menu(PEOPLE, 81, "groups")


for _model in list(admin.site._registry):  # noqa: SLF001 - Django offers no other way to list them
    if _model._meta.app_label == "axes":
        admin.site.unregister(_model)


class _AccessAdmin(ConsoleAdmin):
    list_display = ("username", "ip_address", "path_info", "at")
    search_exact = ("username", "ip_address")

    @admin.display(description="When")
    def at(self, access: Any) -> object:
        return moment(access.attempt_time)

    def facts(self, obj: Any) -> Sequence[Fact]:
        return [
            Fact("User name", obj.username),
            Fact("Address", obj.ip_address),
            Fact("Browser", obj.user_agent),
            Fact("Path", obj.path_info),
            Fact("When", self.at(obj)),
        ]


@admin.register(AccessAttempt)
class AccessAttemptAdmin(_AccessAdmin):
    menu = Menu(PEOPLE, 82, "gpp_bad")


@admin.register(AccessLog)
class AccessLogAdmin(_AccessAdmin):
    menu = Menu(PEOPLE, 83, "login")


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
