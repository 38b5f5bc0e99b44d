"""What the actions of tax tables need to be told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django_countries import countries

from core.console import ActionForm
from core.console.forms import DateField
from taxes.models import TaxRate
from taxes.queries import tax_classes
from taxes.statuses import TaxRounding


class TaxClassForm(ActionForm):
    name = forms.CharField(max_length=100)


class NewTaxClassForm(TaxClassForm):
    code = forms.CharField(max_length=32, help_text="It stays: variants and delivery methods are told by it.")

    field_order = ("code",)


class TaxCountryForm(ActionForm):
    rounding = forms.ChoiceField(
        label="Round", choices=TaxRounding.choices, help_text="Half up. New orders; those that were placed stay."
    )


class NewTaxCountryForm(TaxCountryForm):
    country = forms.ChoiceField()

    field_order = ("country",)

    def prepare(self) -> None:
        self.fields["country"].choices = [("", "—"), *countries]  # type: ignore[attr-defined]


class TaxRateForm(ActionForm):
    """The rate is typed in per cent; `rate` of the cleaned data is the fraction."""

    tax_class_code = forms.ChoiceField(label="Class of goods")
    name = forms.CharField(max_length=60, help_text="As invoices show it: VAT. Taxes of several names add up.")
    percentage = forms.DecimalField(label="Rate in %", min_value=0, max_value=100, max_digits=7, decimal_places=4)
    region = forms.CharField(
        max_length=100, required=False, help_text="State or province, as addresses say it. Empty: all of the country."
    )
    postal_prefix = forms.CharField(
        label="Postal codes begin with", max_length=12, required=False,
        help_text="Empty: any. Of one name the longest beginning decides, then the region, then the country.",
    )  # fmt: skip
    valid_from = DateField(label="First day")
    valid_until = DateField(label="Last day", required=False, help_text="Empty: it doesn't end.")

    def prepare(self) -> None:
        classes = [(code, f"{name} ({code})") for code, name in tax_classes()]
        self.fields["tax_class_code"].choices = classes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        percentage: Decimal | None = cleaned.pop("percentage", None)
        if percentage is not None:
            cleaned["rate"] = percentage / 100
        return cleaned


class EndTaxRateForm(ActionForm):
    valid_until = DateField(label="Last day", help_text="Yesterday at the earliest. Add the rate that follows it then.")


def as_typed(rate: TaxRate) -> dict[str, Any]:
    """The fields of TaxRateForm as they are stored."""
    return {
        "tax_class_code": rate.tax_class.code,
        "name": rate.name,
        "percentage": (rate.rate * 100).quantize(Decimal("0.0001")).normalize() + 0,
        "region": rate.region,
        "postal_prefix": rate.postal_prefix,
        "valid_from": rate.valid_from,
        "valid_until": rate.valid_until,
    }
