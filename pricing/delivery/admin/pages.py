"""Delivery methods, their rates by zone, and a form to try what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import RelatedDropdownFilter
from core.console.navigation import Menu
from core.money import format_money
from pricing.delivery import actions
from pricing.delivery.admin import forms
from pricing.delivery.authorities import EDIT as MAY_EDIT
from pricing.delivery.choosing import (
    RateRule,
    amounts_in_words,
    options,
    weights_in_words,
    zone_in_words,
)
from pricing.delivery.models import DeliveryMethod, DeliveryRate
from pricing.delivery.operations import EDIT, SET_RATES
from pricing.delivery.queries import method_rules, rate_rules, rates_of
from taxes.queries import Destination

PRICES = "Prices and taxes"
_PLAIN = ("name", "carrier", "min_days", "max_days", "prices_include_tax", "position", "active")
_KEYS = ("location", "tax_class")


def _settings(data: Mapping[str, Any]) -> Any:
    keys = {f"{name}_id": data[name].pk if data[name] else None for name in _KEYS}
    return {**{name: data[name] for name in _PLAIN}, **keys}


def _add(pressed: Submission) -> str:
    data = pressed.data
    method = actions.create_method(
        client_id=data["client"].pk,
        code=data["code"],
        kind=data["kind"],
        settings=_settings(data),
        actor=pressed.actor,
    )
    offered = "is offered" if method.kind == "pickup" else "is offered once it has rates"
    return f"{method} {offered}."


def _edit(pressed: Submission) -> str:
    actions.change_method(
        pressed.obj.pk, _settings(pressed.data), actor=pressed.actor, expected_version=pressed.expected_version
    )
    return "The delivery method is up to date."


def _set_rates(pressed: Submission) -> str:
    rates = [row["rate"] for row in pressed.data["rows"]]
    actions.set_rates(pressed.obj.pk, rates, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The rates are up to date."


def _stored(method: DeliveryMethod) -> dict[str, Any]:
    return {name: getattr(method, name) for name in (*_PLAIN, *_KEYS)}


def _rows(method: DeliveryMethod) -> dict[str, Any]:
    return {"rows": [forms.row_of(rate) for rate in rates_of(method)]}


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(ConsoleAdmin):
    menu = Menu(PRICES, 37, "local_shipping")
    change_list_template = "admin/pricing/delivery_methods.html"
    list_display = ("code", "name", "kind", "client", "location", "promise", "state")
    list_select_related = ("client", "location")
    list_filter = (("client", RelatedDropdownFilter), "kind", "active")
    search_exact = ("code",)
    list_buttons = (
        Button("add", "Add delivery method", _add, MAY_EDIT, form=forms.NewMethodForm, look="primary",
               help="Parcels are offered once they have rates; a pickup without any is free."),
    )  # fmt: skip
    buttons = (
        button_of(SET_RATES, _set_rates, form=forms.RatesForm, initial=_rows, look="primary",
               help="They replace all rates that it has. Countries in two letters, several with commas between; "
                    "without any a rate holds everywhere. A region or postcodes are those of one country. The most "
                    "precise zone that has the address decides, then the cheapest rate of it."),
        button_of(EDIT, _edit, form=forms.MethodForm, initial=_stored,
               help="Orders keep what they were placed with."),
    )  # fmt: skip

    # The list, with a form to try

    def get_urls(self) -> list[URLPattern]:
        try_it = path("try/", self.admin_site.admin_view(self.try_view), name="pricing_deliverymethod_try")
        return [try_it, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        form = {"try_form": forms.TryForm(person=request.user), "try_address": _try_address()}
        return super().changelist_view(request, {**(extra_context or {}), **form})

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What each method costs for what is asked, and why the others don't bring it."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        form = forms.TryForm(request.GET or None, person=request.user)
        context = {
            **self._frame(request, None),
            "title": "Try delivery methods",
            "try_form": form,
            "try_address": _try_address(),
            "panels": _tried(form.cleaned_data) if form.is_bound and form.is_valid() else [],
        }
        return TemplateResponse(request, "admin/pricing/try_delivery.html", context, status=400 if form.errors else 200)

    @admin.display(description="Status")
    def state(self, method: DeliveryMethod) -> SafeString:
        return _activity(method)

    @admin.display(description="Promise")
    def promise(self, method: DeliveryMethod) -> str:
        return promise_in_words(method.min_days, method.max_days)

    # The page

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return DeliveryMethod.objects.select_related("client").with_codes().with_rates()

    def headline(self, obj: DeliveryMethod) -> str:
        return f"{obj.code} · {obj.name}"

    def badges(self, obj: DeliveryMethod) -> Sequence[object]:
        return [badge(obj.get_kind_display(), "info"), _activity(obj)]

    def facts(self, obj: DeliveryMethod) -> Sequence[Fact]:
        return [
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Location", link_to("inventory.location", obj.location_id, obj.location)),
            Fact("Carrier", obj.carrier),
            Fact("Promise", self.promise(obj)),
            Fact("Tax class", obj.tax_class or "Standard"),
            Fact("Prices include tax", obj.prices_include_tax),
            Fact("Position", obj.position),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: DeliveryMethod) -> Sequence[Panel]:
        rates = rates_of(obj)
        if not rates:
            empty = "It is free." if obj.kind == "pickup" else "It has none, and is not offered."
            return [Panel("Rates", empty=empty)]
        by_zone = groupby(sorted(rates, key=_first_of_zone(rates)), key=zone_in_words)
        headers = ("Weight", "Goods", "Price", "Free from")
        return [
            Panel(f"Rates: {zone}", headers, [_rate_row(rate) for rate in of_zone], numeric={2, 3})
            for zone, of_zone in by_zone
        ]


def _first_of_zone(rates: Sequence[RateRule]) -> Any:
    """Sorts rates by where their zone comes first."""
    zones = [zone_in_words(rate) for rate in rates]
    return lambda rate: zones.index(zone_in_words(rate))


def _rate_row(rate: RateRule) -> Sequence[object]:
    free_from = None if rate.free_from is None else format_money(rate.free_from, rate.currency)
    return (
        weights_in_words(rate).capitalize() or "Any",
        amounts_in_words(rate).replace("from", "From", 1).replace("below", "Below", 0 if rate.amount_from else 1)
        or "Any",
        format_money(rate.price, rate.currency),
        free_from,
    )


def _activity(method: DeliveryMethod) -> SafeString:
    return badge("Active", "good") if method.active else badge("Inactive", "bad")


def promise_in_words(first: int | None, last: int | None) -> str:
    """ "2 to 4 days", "1 day", or nothing."""
    if first is None or last is None:
        return ""
    days = "1 day" if last == 1 else f"{last} days"
    return days if first == last else f"{first} to {days}"


def _try_address() -> str:
    return reverse("admin:pricing_deliverymethod_try")


def _tried(asked: Mapping[str, Any]) -> list[Panel]:
    fit, unfit = options(
        method_rules(asked["client"].pk),
        currency=asked["currency"],
        destination=Destination(asked["country"], asked["region"], asked["postal_code"]),
        weight_grams=asked["grams"],
        amount=asked["minor"],
    )
    offered = [
        (
            each.name, format_money(each.price, asked["currency"]),
            promise_in_words(each.min_days, each.max_days), each.why,
        )
        for each in fit
    ]  # fmt: skip
    return [
        Panel("Offered", ("Method", "Price", "Promise", "Why"), offered, numeric={1}, empty="No method brings this."),
        Panel("Not offered", ("Method", "Why not"), [(each.name, each.why) for each in unfit], empty="All fit."),
    ]


@admin.register(DeliveryRate)
class DeliveryRateAdmin(ConsoleAdmin):
    """Out of the sidebar: rates say something beside each other, on the page of their method."""

    list_display = ("zone", "of", "weight", "goods", "money")
    list_select_related = ("method",)
    search_exact = ("method__code",)
    search_help_text = "The method's code"
    ordering = ("-id",)

    @admin.display(description="Zone")
    def zone(self, rate: DeliveryRate) -> str:
        return zone_in_words(*rate_rules([rate]))

    @admin.display(description="Method")
    def of(self, rate: DeliveryRate) -> object:
        return link_to("pricing.deliverymethod", rate.method_id, rate.method)

    @admin.display(description="Weight")
    def weight(self, rate: DeliveryRate) -> object:
        return _rate_row(*rate_rules([rate]))[0]

    @admin.display(description="Goods")
    def goods(self, rate: DeliveryRate) -> object:
        return _rate_row(*rate_rules([rate]))[1]

    @admin.display(description="Price")
    def money(self, rate: DeliveryRate) -> str:
        return format_money(rate.price, rate.currency)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("method")

    def headline(self, obj: DeliveryRate) -> str:
        return f"{obj.method}: {self.zone(obj)}"

    def facts(self, obj: DeliveryRate) -> Sequence[Fact]:
        weight, goods, price, free_from = _rate_row(*rate_rules([obj]))
        return [
            Fact("Method", self.of(obj)),
            Fact("Weight", weight),
            Fact("Goods", goods),
            Fact("Price", price),
            Fact("Free from", free_from),
        ]
