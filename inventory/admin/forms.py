"""What the actions of the catalogue and of stock need to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django_countries import countries

from core.console import ActionForm, RowForm
from core.console.forms import MOST_DIGITS, DateField, parse_amount
from core.money import EXPONENT_BY_CURRENCY
from inventory.models import Location
from inventory.queries import variant_ids
from inventory.statuses import LONGEST_RESTOCK, MOST_SHOP_FLOOR_UNITS, RESTOCK_DAYS, StockPolicy
from taxes.queries import tax_classes

MOST_UNITS = 1_000_000
CURRENCIES = [("", "—"), *((code, code) for code in sorted(EXPONENT_BY_CURRENCY))]


def _with_minor(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Adds `minor`, the price in minor units, None without one."""
    currency, amount = cleaned.get("currency"), cleaned.get("amount")
    if bool(currency) != (amount is not None):
        raise forms.ValidationError("A price is an amount and its currency.")
    cleaned["minor"] = parse_amount(amount, currency) if currency and amount is not None else None
    return cleaned


class _PricedRow(RowForm):
    currency = forms.ChoiceField(choices=CURRENCIES, required=False)
    amount = forms.DecimalField(label="Price", min_value=0, max_digits=MOST_DIGITS, required=False)

    def clean(self) -> dict[str, Any]:
        return _with_minor(super().clean() or self.cleaned_data)


class NewVariantRow(_PricedRow):
    sku = forms.CharField(label="SKU", max_length=64)
    name = forms.CharField(max_length=250)

    field_order = ("sku", "name", "currency", "amount")


class ProductForm(ActionForm):
    name = forms.CharField(max_length=250)
    description = forms.CharField(required=False, widget=forms.Textarea)


class NewProductForm(ProductForm):
    row_form = NewVariantRow


class EditProductForm(ProductForm):
    active = forms.BooleanField(required=False, help_text="What is inactive cannot be ordered; its stock stays.")


class _TaxedForm(ActionForm):
    tax_class_code = forms.ChoiceField(label="Tax class", required=False)
    weight_grams = forms.IntegerField(
        label="Weight in grams", min_value=0, max_value=10**9, required=False, help_text="Of one unit, packed."
    )

    def prepare(self) -> None:
        classes = [(code, f"{name} ({code})") for code, name in tax_classes()]
        self.fields["tax_class_code"].choices = [("", "The standard one"), *classes]  # type: ignore[attr-defined]


class NewVariantForm(_TaxedForm):
    sku = forms.CharField(label="SKU", max_length=64)
    name = forms.CharField(max_length=250)
    currency = forms.ChoiceField(choices=CURRENCIES, required=False)
    amount = forms.DecimalField(label="Price", min_value=0, max_digits=MOST_DIGITS, required=False)

    field_order = ("sku", "name", "currency", "amount")

    def clean(self) -> dict[str, Any]:
        return _with_minor(super().clean())


class EditVariantForm(_TaxedForm):
    name = forms.CharField(max_length=250)
    active = forms.BooleanField(required=False, help_text="What is inactive cannot be ordered; its stock stays.")
    stock_policy = forms.ChoiceField(
        label="When out of stock", choices=StockPolicy.choices, help_text="Orders that wait already go on waiting."
    )
    available_from = DateField(required=False, help_text="When a preorder's first stock is expected.")
    restock_days = forms.IntegerField(
        label="Days until restocked", min_value=0, max_value=LONGEST_RESTOCK, required=False, help_text=RESTOCK_DAYS
    )

    field_order = ("name", "active", "stock_policy", "available_from", "restock_days")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["weight_grams"] = cleaned.get("weight_grams") or 0
        if cleaned.get("available_from") and cleaned.get("stock_policy") != StockPolicy.PREORDER:
            self.add_error("available_from", "Only a preorder has such a date.")
        return cleaned


class PriceRow(_PricedRow):
    pass


class PricesForm(ActionForm):
    row_form = PriceRow
    rows_needed = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        currencies = [row["currency"] for row in cleaned.get("rows", ())]
        if len(currencies) != len(set(currencies)):
            raise forms.ValidationError("One price per currency.")
        return cleaned


class LocationForm(ActionForm):
    name = forms.CharField(max_length=100)
    country = forms.ChoiceField(required=False)
    postal_code = forms.CharField(
        max_length=20, required=False, help_text="The rule nearest compares its first characters with the buyer's."
    )
    priority = forms.IntegerField(
        min_value=0, max_value=32767, initial=100, help_text="Lower numbers are drawn from first."
    )
    shop_floor_units = forms.IntegerField(
        min_value=0, max_value=MOST_SHOP_FLOOR_UNITS, initial=0, required=False,
        help_text="Of each variant; storefronts with the rule reserve_for_shop_floor never sell these.",
    )  # fmt: skip
    active = forms.BooleanField(
        required=False, initial=True, help_text="An inactive location keeps its stock but sells none of it."
    )

    def prepare(self) -> None:
        self.fields["country"].choices = [("", "—"), *countries]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["shop_floor_units"] = cleaned.get("shop_floor_units") or 0
        return cleaned


class NewLocationForm(LocationForm):
    code = forms.CharField(max_length=32)

    field_order = ("code",)


class ReceiveRow(RowForm):
    sku = forms.CharField(label="SKU", max_length=64)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)


def _locations(form: ActionForm, name: str) -> None:
    form.fields[name].queryset = Location.objects.order_by("priority", "code")  # type: ignore[attr-defined]


class ReceiveForm(ActionForm):
    row_form = ReceiveRow

    location = forms.ModelChoiceField(queryset=Location.objects.none(), empty_label=None)
    note = forms.CharField(max_length=200, required=False, help_text="A delivery note's number, for instance.")

    def prepare(self) -> None:
        _locations(self, "location")

    def clean(self) -> dict[str, Any]:
        """Adds `variants`: SKU → id."""
        cleaned = super().clean()
        skus = {row["sku"] for row in cleaned.get("rows", ())}
        known = variant_ids(skus)
        for row in self._filled():
            sku = row.cleaned_data.get("sku")
            if sku and sku not in known:
                row.add_error("sku", "There is no such SKU.")
        if skus - known.keys():
            raise forms.ValidationError("Some SKUs are unknown.")
        cleaned["variants"] = known
        return cleaned


class ReceiveOneForm(ActionForm):
    location = forms.ModelChoiceField(queryset=Location.objects.none(), empty_label=None)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    note = forms.CharField(max_length=200, required=False, help_text="A delivery note's number, for instance.")

    def prepare(self) -> None:
        _locations(self, "location")


class AdjustForm(ActionForm):
    to = forms.IntegerField(label="Counted", min_value=0, max_value=10**12, help_text="Units that are really there.")
    note = forms.CharField(max_length=200, help_text="Why it differs.")


class TransferForm(ActionForm):
    to = forms.ModelChoiceField(queryset=Location.objects.none(), empty_label=None)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    note = forms.CharField(max_length=200, required=False)

    def prepare(self) -> None:
        others = Location.objects.exclude(pk=self.subject.location_id).order_by("priority", "code")
        self.fields["to"].queryset = others  # type: ignore[attr-defined]


class ScrapForm(ActionForm):
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    note = forms.CharField(max_length=200, help_text="Why it cannot be sold.")
