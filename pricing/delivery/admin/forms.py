"""What the actions of delivery methods need to be told, and what is asked when one tries them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_countries import countries

from core.console import ActionForm, RowForm
from core.console.forms import MOST_DIGITS, parse_amount
from core.models import Client, ClientKind
from core.money import EXPONENT_BY_CURRENCY, from_minor
from pricing.delivery.choosing import RateRule
from pricing.delivery.models import HEAVIEST, LONGEST_PROMISE, DeliveryMethod
from pricing.delivery.statuses import MethodKind

CURRENCIES = [("", "—"), *((code, code) for code in sorted(EXPONENT_BY_CURRENCY))]
AMOUNTS = ("price", "amount_from", "amount_below", "free_from")
NOTHING: Any = None
"""Until prepare() says what there is."""
WEIGHTS = ("weight_over", "weight_up_to")


def rows_of_key(name: str) -> QuerySet[Any]:
    """What a method's foreign key of that name may name."""
    related: Any = DeliveryMethod._meta.get_field(name).related_model
    rows: QuerySet[Any] = related._default_manager.order_by("code")  # noqa: SLF001 - the name that Django documents
    return rows


def storefronts() -> QuerySet[Client]:
    return Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)


class MethodForm(ActionForm):
    name = forms.CharField(max_length=100, help_text="As shoppers read it.")
    location = forms.ModelChoiceField(
        queryset=NOTHING, required=False, empty_label="—", help_text="Where goods are picked up. Not for parcels."
    )
    carrier = forms.CharField(max_length=64, required=False)
    min_days = forms.IntegerField(label="Days, at least", min_value=0, max_value=LONGEST_PROMISE, required=False)
    max_days = forms.IntegerField(
        label="Days, at most", min_value=0, max_value=LONGEST_PROMISE, required=False,
        help_text="Until the goods are there. Both or neither.",
    )  # fmt: skip
    tax_class = forms.ModelChoiceField(queryset=NOTHING, required=False, empty_label="Standard")
    prices_include_tax = forms.BooleanField(required=False)
    position = forms.IntegerField(
        min_value=0, max_value=32_767, initial=100, help_text="Lower numbers are offered first."
    )
    active = forms.BooleanField(required=False, initial=True, help_text="What is inactive is not offered.")

    def prepare(self) -> None:
        for name in ("location", "tax_class"):
            self.fields[name].queryset = rows_of_key(name)  # type: ignore[attr-defined]


class NewMethodForm(MethodForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=NOTHING, empty_label=None)
    code = forms.CharField(max_length=32, help_text="Orders keep it: it stays.")
    kind = forms.ChoiceField(choices=MethodKind.choices)

    field_order = ("client", "code", "name", "kind")

    def prepare(self) -> None:
        super().prepare()
        self.fields["client"].queryset = storefronts()  # type: ignore[attr-defined]


def _kilograms(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(min_value=0, max_digits=9, decimal_places=3, required=False, **options)


def _amount(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(min_value=0, max_digits=MOST_DIGITS, **options)


class RateRow(RowForm):
    countries = forms.CharField(max_length=1000, required=False)
    region = forms.CharField(max_length=100, required=False)
    postal_prefixes = forms.CharField(label="Postcodes begin with", max_length=1200, required=False)
    weight_over = _kilograms(label="Over, kg")
    weight_up_to = _kilograms(label="Up to, kg")
    amount_from = _amount(label="Goods from", required=False)
    amount_below = _amount(label="Goods below", required=False)
    currency = forms.ChoiceField(choices=CURRENCIES)
    price = _amount(label="Price")
    free_from = _amount(label="Free from", required=False)

    def clean(self) -> dict[str, Any]:
        """Adds `rate`, if nothing is wrong."""
        cleaned = super().clean() or self.cleaned_data
        values = {name: self._minor(name, cleaned) for name in AMOUNTS}
        values |= {name: _grams(cleaned.get(name)) for name in WEIGHTS}
        if not self.errors:
            cleaned["rate"] = RateRule(
                currency=cleaned["currency"],
                price=values.pop("price") or 0,
                countries=_listed(cleaned["countries"].upper()),
                region=cleaned["region"],
                postal_prefixes=_listed(cleaned["postal_prefixes"]),
                **{**values, **{name: values[name] or 0 for name in ("weight_over", "amount_from")}},  # type: ignore[arg-type]
            )
        return cleaned

    def _minor(self, name: str, cleaned: dict[str, Any]) -> int | None:
        amount, currency = cleaned.get(name), cleaned.get("currency")
        if amount is None or not currency:
            return None
        try:
            return parse_amount(amount, currency)
        except ValidationError as error:
            self.add_error(name, error)
            return None


def _grams(kilograms: Decimal | None) -> int | None:
    return None if kilograms is None else int(kilograms * 1000)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[,;]\s*|\s*\n\s*", text.strip())))


class RatesForm(ActionForm):
    row_form = RateRow
    rows_needed = False


def row_of(rate: RateRule) -> dict[str, Any]:
    """A rate as its row shows it."""
    amounts = {name: getattr(rate, name) for name in AMOUNTS}
    weights = {name: getattr(rate, name) for name in WEIGHTS}
    return {
        "countries": ", ".join(rate.countries),
        "region": rate.region,
        "postal_prefixes": ", ".join(rate.postal_prefixes),
        "currency": rate.currency,
        **{name: None if value is None else Decimal(value).scaleb(-3) for name, value in weights.items()},
        **{name: None if value is None else from_minor(value, rate.currency) for name, value in amounts.items()},
    }


class TryForm(ActionForm):
    """Which methods bring goods somewhere. It asks, and writes nothing."""

    client = forms.ModelChoiceField(label="Storefront", queryset=NOTHING, empty_label=None)
    country = forms.ChoiceField(required=False)
    region = forms.CharField(max_length=100, required=False)
    postal_code = forms.CharField(label="Postcode", max_length=20, required=False)
    weight = forms.DecimalField(label="Weight, kg", min_value=0, max_digits=9, decimal_places=3, initial=1)
    currency = forms.ChoiceField(choices=CURRENCIES)
    amount = _amount(label="Goods for", initial=0)

    def prepare(self) -> None:
        self.fields["client"].queryset = storefronts()  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "—"), *countries]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Adds `grams` and `minor`, what it is in minor units."""
        cleaned = super().clean()
        cleaned["grams"] = min(_grams(cleaned.get("weight")) or 0, HEAVIEST)
        amount, currency = cleaned.get("amount"), cleaned.get("currency")
        if amount is not None and currency:
            try:
                cleaned["minor"] = parse_amount(amount, currency)
            except ValidationError as error:
                self.add_error("amount", error)
        return cleaned
