"""API clients and their keys in the console."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.safestring import SafeString

from core import clients
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.filters import ChoicesDropdownFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.models import (
    ApiKey,
    Client,
    ClientKind,
)
from core.transitions import Blocker

CLIENTS = "API"


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
    return [*declared.values(), *view.further_scopes] if isinstance(declared, dict) else []


def add_client(pressed: Submission) -> str:
    try:
        client = clients.create_client(name=pressed.data["name"], kind=pressed.data["kind"])
    except IntegrityError:
        return f"{pressed.data['name']} exists already."
    return f"{client.name} can be given a key now."


def give_key(pressed: Submission) -> HttpResponse:
    days = pressed.data["days"]
    expires_at = timezone.now() + dt.timedelta(days=days) if days else None
    key, text = clients.issue_key(pressed.obj.pk, scopes=pressed.data["scopes"], expires_at=expires_at)
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
    menu = Menu(CLIENTS, 70, "hub")
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
    menu = Menu(CLIENTS, 71, "key")
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
