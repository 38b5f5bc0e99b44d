"""Tax tables by country, single rates and classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, button_of, link_to, moment
from core.console.filters import FlagFilter
from core.console.navigation import Menu
from core.console.parts import list_of
from taxes import actions
from taxes import authorities as may
from taxes.admin import forms
from taxes.admin.parts import day, days, place, standing
from taxes.calculation import STANDARD
from taxes.models import TaxClass, TaxCountry, TaxRate, percent
from taxes.operations import ADD_RATE, EDIT_CLASS, EDIT_COUNTRY, EDIT_RATE, END_RATE

PRICES = "Prices and taxes"
RATES_SHOWN = 200


# Countries


def _add_country(pressed: Submission) -> str:
    row = actions.create_tax_country(**pressed.data, actor=pressed.actor)
    return f"{row} can have rates now."


def _edit_country(pressed: Submission) -> str:
    changes = actions.TaxCountryChanges(**pressed.data)  # type: ignore[typeddict-item]
    actions.update_tax_country(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} rounds so from now on."


def _add_rate(pressed: Submission) -> str:
    rate = actions.create_tax_rate(country=pressed.obj.country.code, **pressed.data, actor=pressed.actor)
    return f"{rate} holds {days(rate)}."


@admin.register(TaxCountry)
class TaxCountryAdmin(ConsoleAdmin):
    menu = Menu(PRICES, 39, "percent")
    list_display = ("name", "today", "rounding")
    ordering = ("country",)
    search_exact = ("country",)
    search_help_text = "A country's code: DE"
    list_buttons = (
        Button("add", "Add country", _add_country, may.EDIT, form=forms.NewTaxCountryForm, look="primary",
               help="Goods that go where no rate is set are not taxed."),
    )  # fmt: skip
    buttons = (
        button_of(EDIT_COUNTRY, _edit_country, form=forms.TaxCountryForm,
               initial=lambda row: {"rounding": row.rounding}),
        button_of(ADD_RATE, _add_rate, form=forms.TaxRateForm, look="primary", any_version=True),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(standard=_standard_today())
        return rows

    @admin.display(description="Country", ordering="country")
    def name(self, row: TaxCountry) -> str:
        return f"{row.country.name} ({row.country.code})"

    @admin.display(description="Standard rate today")
    def today(self, row: Any) -> str:
        return "" if row.standard is None else percent(row.standard)

    def headline(self, obj: TaxCountry) -> str:
        return str(obj.country.name)

    def facts(self, obj: TaxCountry) -> Sequence[Fact]:
        return [
            Fact("Code", obj.country.code),
            Fact("Round", obj.get_rounding_display()),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: TaxCountry) -> Sequence[Panel]:
        rates = TaxRate.objects.filter(country=obj.country.code).select_related("tax_class")
        shown = sorted(rates.order_by("-id")[:RATES_SHOWN], key=_in_a_table)
        rows = [
            (
                rate.tax_class.name, link_to("taxes.taxrate", rate.pk, rate.name), place(rate), percent(rate.rate),
                days(rate), standing(rate),
            )
            for rate in shown
        ]  # fmt: skip
        to = [("All", list_of("taxes.taxrate", country__exact=obj.country.code))]
        headers = ("Class of goods", "Tax", "Where", "Rate", "Days", "")
        return [
            Panel("Rates", headers, rows, numeric={3}, to=to, empty="None: what goes there is not taxed."),
            *_without_rates(shown),
        ]


def _in_a_table(rate: TaxRate) -> tuple[Any, ...]:
    """Class by class, what holds for all of the country first, the newest first."""
    return rate.tax_class.code, rate.region, rate.postal_prefix, rate.name, -rate.valid_from.toordinal()


def _without_rates(rates: Sequence[TaxRate]) -> list[Panel]:
    """Says of which classes nothing holds today, where something does of others."""
    today = timezone.localdate()
    rated = {rate.tax_class_id for rate in rates if rate.holds(today)}
    names = list(TaxClass.objects.exclude(pk__in=rated).order_by("code").values_list("name", flat=True))
    if not rated or not names or len(rates) == RATES_SHOWN:
        return []
    return [Panel("Not taxed today", facts=[Fact("Classes without a rate", ", ".join(names))], aside=True)]


def _standard_today() -> Subquery:
    """The rate of the standard class in all of the country; of several names that of the first."""
    rates = TaxRate.objects.valid_on(timezone.localdate()).filter(
        country=OuterRef("country"), tax_class__code=STANDARD, region="", postal_prefix=""
    )
    return Subquery(rates.order_by("name").values("rate")[:1])


# Rates


def _edit_rate(pressed: Submission) -> str:
    changes = actions.TaxRateChanges(**pressed.data)  # type: ignore[typeddict-item]
    rate = actions.update_tax_rate(
        pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{rate} holds {days(rate)}."


def _end_rate(pressed: Submission) -> str:
    rate = actions.end_tax_rate(
        pressed.obj.pk, **pressed.data, actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{rate} holds {days(rate)}."


class InForceFilter(FlagFilter):
    title = "in force today"
    parameter_name = "in_force"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=TaxRate.objects.valid_on(timezone.localdate()).values("pk"))

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(pk__in=TaxRate.objects.valid_on(timezone.localdate()).values("pk"))


@admin.register(TaxRate)
class TaxRateAdmin(ConsoleAdmin):
    menu = Menu(PRICES, 38, "receipt_long")
    list_display = ("where", "part", "of", "name", "percentage", "holds", "state")
    list_select_related = ("tax_class",)
    list_filter = (InForceFilter,)
    linked_lookups = ("country__exact", "tax_class__id__exact")
    search_exact = ("country", "postal_prefix")
    search_help_text = "A country's code, or how postal codes begin"
    ordering = ("-id",)
    buttons = (
        button_of(END_RATE, _end_rate, form=forms.EndTaxRateForm, look="primary",
               help="Orders keep the taxes that they were placed with."),
        button_of(EDIT_RATE, _edit_rate, form=forms.TaxRateForm, initial=forms.as_typed),
    )  # fmt: skip

    @admin.display(description="Country")
    def where(self, rate: TaxRate) -> str:
        return str(rate.country.name)

    @admin.display(description="Where")
    def part(self, rate: TaxRate) -> str:
        return place(rate)

    @admin.display(description="Class of goods")
    def of(self, rate: TaxRate) -> object:
        return link_to("taxes.taxclass", rate.tax_class_id, rate.tax_class.name)

    @admin.display(description="Rate")
    def percentage(self, rate: TaxRate) -> str:
        return percent(rate.rate)

    @admin.display(description="Days")
    def holds(self, rate: TaxRate) -> str:
        return days(rate)

    @admin.display(description="Status")
    def state(self, rate: TaxRate) -> SafeString:
        return standing(rate)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("tax_class")

    def headline(self, obj: TaxRate) -> str:
        return f"{obj.country.name} · {obj}"

    def badges(self, obj: TaxRate) -> Sequence[object]:
        return [standing(obj)]

    def facts(self, obj: TaxRate) -> Sequence[Fact]:
        country = TaxCountry.objects.filter(country=obj.country.code).first()
        return [
            Fact("Country", link_to("taxes.taxcountry", country and country.pk, obj.country.name)),
            Fact("Where", place(obj)),
            Fact("Class of goods", self.of(obj)),
            Fact("Rate", percent(obj.rate)),
            Fact("First day", day(obj.valid_from)),
            Fact("Last day", day(obj.valid_until) if obj.valid_until else "None yet"),
            Fact("Entered", moment(obj.created_at)),
        ]


# Classes


def _add_class(pressed: Submission) -> str:
    row = actions.create_tax_class(**pressed.data, actor=pressed.actor)
    return f"{row} can be taxed and named by variants now."


def _edit_class(pressed: Submission) -> str:
    changes = actions.TaxClassChanges(**pressed.data)  # type: ignore[typeddict-item]
    actions.update_tax_class(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The tax class is up to date."


@admin.register(TaxClass)
class TaxClassAdmin(ConsoleAdmin):
    menu = Menu(PRICES, 39, "category")
    list_display = ("code", "name")
    search_exact = ("code",)
    ordering = ("code",)
    list_buttons = (
        Button("add", "Add tax class", _add_class, may.EDIT, form=forms.NewTaxClassForm, look="primary",
               help="Goods of a class are taxed where it has a rate, and nowhere else."),
    )  # fmt: skip
    buttons = (
        button_of(EDIT_CLASS, _edit_class, form=forms.TaxClassForm, initial=lambda row: {"name": row.name}),
    )  # fmt: skip

    def headline(self, obj: TaxClass) -> str:
        return f"{obj.code} · {obj.name}"

    def facts(self, obj: TaxClass) -> Sequence[Fact]:
        note = "Goods that name no class are of this one." if obj.code == STANDARD else ""
        return [Fact("Name", obj.name), Fact("Note", note), Fact("Entered", moment(obj.created_at))]

    def panels(self, request: HttpRequest, obj: TaxClass) -> Sequence[Panel]:
        rates = TaxRate.objects.valid_on(timezone.localdate()).filter(tax_class=obj).order_by("country", "name", "id")
        rows = [
            (rate.country.name, place(rate), link_to("taxes.taxrate", rate.pk, rate.name), percent(rate.rate))
            for rate in rates[:RATES_SHOWN]
        ]
        to = [("All", list_of("taxes.taxrate", tax_class__id__exact=obj.pk))]
        headers = ("Country", "Where", "Tax", "Rate")
        return [Panel("Rates today", headers, rows, numeric={3}, to=to, empty="None: goods of it are not taxed.")]
