"""API clients and their keys in the console."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from core import clients
from core.authorities import CLIENTS_CREATE, KEYS_ISSUE, KEYS_REVOKE
from core.console import ActionForm, Button, ConsoleAdmin, Done, Fact, Panel, Submission, badge, link_to, moment
from core.console.filters import ChoicesDropdownFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import page_of
from core.models import (
    ApiKey,
    Client,
    ClientKind,
    KeyMode,
)
from core.transitions import Blocker

CLIENTS = "API"


class ClientForm(ActionForm):
    name = forms.CharField(max_length=100, help_text="A storefront's name, a carrier, a warehouse.")
    kind = forms.ChoiceField(choices=ClientKind.choices, help_text="For ever: it says what its keys may do.")
    mode = forms.ChoiceField(choices=KeyMode.choices, help_text="For ever. Orders of a test client take real stock.")


class KeyForm(ActionForm):
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="What the key may do; another client's objects stay hidden."
    )
    days = forms.IntegerField(
        label="Expires after (days)", min_value=1, max_value=3650, required=False, help_text="Empty: it doesn't expire."
    )

    def prepare(self) -> None:
        offered = clients.scopes_to_issue(self.subject, self.person)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.name, f"{scope.name}: {scope.title}") for scope in offered
        ]


def add_client(pressed: Submission) -> str:
    client = clients.create_client(**pressed.data, actor=pressed.actor)
    return f"{client.name} can be given a key now."


def give_key(pressed: Submission) -> Done:
    days = pressed.data["days"]
    expires_at = timezone.now() + dt.timedelta(days=days) if days else None
    key, text = clients.issue_key(
        pressed.obj.pk, scopes=pressed.data["scopes"], expires_at=expires_at, actor=pressed.actor
    )
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
    said = f"Key {key} is issued. Its secret was shown then and is kept nowhere: revoke the key if it was lost."
    return Done(said, page_of("core.apikey", key.pk), response)


def revoke(pressed: Submission) -> str:
    clients.revoke_key(pressed.obj.pk, actor=pressed.actor)
    return f"Key {pressed.obj} is revoked: requests with it are refused from now on."


def _not_revoked(key: ApiKey) -> Blocker | None:
    return Blocker("The key is revoked already.", "Issue a new one for the client.") if key.revoked_at else None


def _is_active(client: Client) -> Blocker | None:
    return None if client.active else Blocker("The client is inactive.", "Activate it first.")


def mode_badge(mode: str) -> SafeString:
    return badge(KeyMode(mode).label, "info" if mode == KeyMode.LIVE else "warn")


def _prefix_of(term: str) -> str:
    """qm_live_0123456789ab.secret → 0123456789ab"""
    return term.partition(".")[0].rpartition("_")[2]


def _key_badge(key: ApiKey) -> SafeString:
    if key.revoked_at:
        return badge("Revoked", "bad")
    return badge("Usable", "good") if key.is_usable(timezone.now()) else badge("Expired", "warn")


@admin.register(Client)
class ClientAdmin(ConsoleAdmin):
    menu = Menu(CLIENTS, 70, "hub")
    list_display = ("name", "kind", "mode", "state", "created")
    list_filter = (("kind", ChoicesDropdownFilter), ("mode", ChoicesDropdownFilter), "active")
    search_exact = ("name",)
    list_buttons = (Button("add", "Add client", add_client, CLIENTS_CREATE, form=ClientForm, look="primary"),)
    buttons = (
        Button(
            "issue-key",
            "Issue API key",
            give_key,
            KEYS_ISSUE,
            form=KeyForm,
            look="primary",
            blocked=_is_active,
            any_version=True,
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
        return [badge(obj.get_kind_display()), mode_badge(obj.mode), self.state(obj)]

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
    menu = Menu(CLIENTS, 71, "key")
    list_display = ("__str__", "client", "state", "used", "created")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter),)
    search_exact = ("prefix",)
    search_help_text = "The twelve characters before a key's dot, or its beginning up to there"
    ordering = ("-id",)
    buttons = (
        Button(
            "revoke",
            "Revoke",
            revoke,
            KEYS_REVOKE,
            look="danger",
            confirm=True,
            blocked=_not_revoked,
            help="Requests with this key are refused at once and for ever. The client needs another key.",
        ),
    )

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, _prefix_of(term))

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
        return [mode_badge(obj.mode), _key_badge(obj)]

    def facts(self, obj: ApiKey) -> Sequence[Fact]:
        return [
            Fact("Client", link_to("core.client", obj.client_id, obj.client)),
            Fact("Scopes", "\n".join(obj.scopes)),
            Fact("Issued", moment(obj.created_at)),
            Fact("Expires", moment(obj.expires_at) if obj.expires_at else "Never"),
            Fact("Last used", moment(obj.last_used_at)),
            Fact("Revoked", moment(obj.revoked_at)),
        ]
