"""A storefront's page: every setting with what it does, and what holds without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_countries import countries

from core.admin.clients import CLIENTS, mode_badge
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to
from core.console.navigation import Menu
from core.console.panels import register_panel
from core.console.parts import is_known, shown
from core.console.timeline import register_words
from core.models import ClientKind
from core.operations import Operation
from storefronts.actions import SettingsChanges, change_settings
from storefronts.admin.forms import (
    DocumentsForm,
    MailsForm,
    MarketsForm,
    OrdersForm,
    SourcingForm,
    TaxesForm,
    TermsForm,
    rules_in_words,
    steps_in_words,
)
from storefronts.authorities import VIEW
from storefronts.meanings import MEANINGS
from storefronts.models import LANGUAGES, Storefront, StorefrontSettings
from storefronts.operations import (
    EDIT_DOCUMENTS,
    EDIT_MAILS,
    EDIT_MARKETS,
    EDIT_ORDERS,
    EDIT_SOURCING,
    EDIT_TAXES,
    EDIT_TERMS,
)

_PARTS: Sequence[tuple[str, type[ActionForm], Operation]] = (
    ("Place and markets", MarketsForm, EDIT_MARKETS),
    ("Prices and taxes", TaxesForm, EDIT_TAXES),
    ("Drafts and numbers", OrdersForm, EDIT_ORDERS),
    ("E-mails", MailsForm, EDIT_MAILS),
    ("Terms and returns", TermsForm, EDIT_TERMS),
    ("Documents", DocumentsForm, EDIT_DOCUMENTS),
    ("Sourcing", SourcingForm, EDIT_SOURCING),
)
"""The title of a group of settings, the form that has its fields, and what is done with it."""


def _change(pressed: Submission) -> str:
    """By the version that was read with what the form showed: it is the settings', not the client's."""
    storefront: Storefront = pressed.obj
    changes: SettingsChanges = {**pressed.data}  # type: ignore[typeddict-item]
    change_settings(storefront.pk, changes, actor=pressed.actor, expected_version=storefront.settings.version)
    return f"{storefront} sells so from now on. Orders stay as they were placed."


def _stored(form: type[ActionForm]) -> Callable[[Storefront], dict[str, Any]]:
    return lambda storefront: {name: getattr(storefront.settings, name) for name in form.base_fields}


def _button(form: type[ActionForm], operation: Operation) -> Button:
    return button_of(operation, _change, form=form, initial=_stored(form), any_version=True)


@admin.register(Storefront)
class StorefrontAdmin(ConsoleAdmin):
    menu = Menu(CLIENTS, 69, "storefront")
    list_display = ("name", "mode", "country", "currencies", "time_zone", "number_prefix")
    list_select_related = ("storefront_settings",)
    search_exact = ("name",)
    search_help_text = "The storefront's whole name"
    buttons = tuple(_button(form, operation) for _, form, operation in _PARTS)

    @admin.display(description="Country")
    def country(self, storefront: Storefront) -> str:
        return _country(storefront.settings.country)

    @admin.display(description="Currencies")
    def currencies(self, storefront: Storefront) -> str:
        return ", ".join(storefront.settings.currencies) or "any"

    @admin.display(description="Time zone")
    def time_zone(self, storefront: Storefront) -> str:
        return storefront.settings.time_zone

    @admin.display(description="Numbers begin with")
    def number_prefix(self, storefront: Storefront) -> str:
        return storefront.settings.number_prefix

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("storefront_settings")

    def badges(self, obj: Storefront) -> Sequence[object]:
        chosen = badge("Settings of its own", "info") if obj.settings.version else badge("Defaults")
        return [mode_badge(obj.mode), *([] if obj.active else [badge("Inactive", "bad")]), chosen]

    def facts(self, obj: Storefront) -> Sequence[Fact]:
        return [Fact("API client", link_to("core.client", obj.pk, obj.name)), Fact("Version", obj.settings.version)]

    def panels(self, request: HttpRequest, obj: Storefront) -> Sequence[Panel]:
        return [
            Panel(title, ("Setting", "Now", "What it does"), [_row(name, obj.settings) for name in form.base_fields])
            for title, form, _ in _PARTS
        ]


def _row(name: str, settings: StorefrontSettings) -> tuple[object, ...]:
    meaning, value = MEANINGS[name], getattr(settings, name)
    if not is_known(value) or value in ([], {}):
        return meaning.label, format_html('<span class="qm-quiet">Not set: {}</span>', meaning.without), meaning.does
    return meaning.label, _IN_WORDS.get(name, shown)(value), meaning.does


def _country(code: str) -> str:
    return str(countries.name(code)) if code else ""


def _lines(lines: Sequence[str]) -> SafeString:
    return format_html('<span style="white-space: pre-line">{}</span>', "\n".join(lines))


_IN_WORDS: dict[str, Callable[[Any], object]] = {
    "country": _country,
    "currencies": ", ".join,
    "countries": lambda codes: ", ".join(map(_country, codes)),
    "cash_rounding": steps_in_words,
    "terms": lambda text: _lines([text]),
    "return_policy": lambda text: _lines([text]),
    "return_days": lambda days: f"{days} days" if days else "No returns",
    "days_to_pay": lambda days: f"{days} days" if days else "The day of placing",
    "hold_minutes": lambda minutes: f"{minutes} minutes",
    "language": lambda code: LANGUAGES[code],
    "letterhead": lambda text: _lines([text]),
    "number_prefix": lambda prefix: f"{prefix}, as in #{prefix}100001",
    "sourcing": lambda config: _lines([f"{n}. {rule}" for n, rule in enumerate(rules_in_words(config), start=1)]),
}


def client_panel(request: HttpRequest, client: Any) -> Sequence[Panel]:
    """The way from a client's page to how it sells."""
    if client.kind != ClientKind.STOREFRONT or not VIEW.held_by(request.user):
        return ()
    link = link_to("storefronts.storefront", client.pk, "Currencies, taxes, e-mails, returns and more")
    return [Panel("How it sells", facts=[Fact("Settings", link)], aside=True)]


register_panel("core.client", client_panel)
register_words(
    {"storefront.updated": lambda data: f"Changed: {', '.join(data['changed']).replace('_', ' ')}"},
)
