"""What the actions of price lists need to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat

from core.console import ActionForm, RowForm
from core.console.forms import MOST_DIGITS, MomentField, parse_amount
from core.files.tables import UnfitFile
from core.models import Client, ClientKind
from core.money import EXPONENT_BY_CURRENCY
from customers.queries import groups_of_client
from pricing.lists.imports import LAYOUT
from pricing.lists.models import MAX_PRIORITY, MAX_QUANTITY

_CURRENCIES = [(code, code) for code in sorted(EXPONENT_BY_CURRENCY)]


class _TermsForm(ActionForm):
    name = forms.CharField(max_length=100)
    prices_include_tax = forms.BooleanField(label="Prices include tax", required=False)
    priority = forms.IntegerField(
        min_value=0, max_value=MAX_PRIORITY, initial=0, help_text="Higher numbers are asked first."
    )
    starts_at = MomentField(label="Starts", required=False, help_text="Empty: it holds at once.")
    ends_at = MomentField(label="Ends", required=False, help_text="Empty: it holds for good.")


class NewPriceListForm(_TermsForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)
    code = forms.CharField(max_length=50, help_text="It stays, as the currency does.")
    currency = forms.ChoiceField(choices=_CURRENCIES)

    field_order = ("client", "code", "name", "currency")

    def prepare(self) -> None:
        storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
        self.fields["client"].queryset = storefronts  # type: ignore[attr-defined]


class PriceListForm(_TermsForm):
    groups = forms.MultipleChoiceField(
        label="For customer groups", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None: it is for everybody.",
    )  # fmt: skip
    active = forms.BooleanField(required=False, help_text="Of an inactive list no price is taken.")

    def prepare(self) -> None:
        groups = groups_of_client(self.subject.client_id)
        choices = [(str(group.id), f"{group.code} · {group.name}") for group in groups]
        self.fields["groups"].choices = choices  # type: ignore[attr-defined]


class PriceRow(RowForm):
    sku = forms.CharField(label="SKU", max_length=64)
    from_quantity = forms.IntegerField(label="From units", min_value=1, max_value=MAX_QUANTITY, required=False)
    amount = forms.DecimalField(label="Price", min_value=0, max_digits=MOST_DIGITS)
    compare_at = forms.DecimalField(label="Former price", min_value=0, max_digits=MOST_DIGITS, required=False)


class PricesForm(ActionForm):
    row_form = PriceRow

    def clean(self) -> dict[str, Any]:
        """Turns the rows' amounts into minor units of the list's currency."""
        cleaned = super().clean()
        for row in self._filled():
            for name in ("amount", "compare_at"):
                self._to_minor(row, name)
        if any(row.errors for row in self._filled()):
            raise ValidationError("Some rows below need a correction.")
        return cleaned

    def _to_minor(self, row: forms.Form, name: str) -> None:
        amount = row.cleaned_data.get(name)
        if amount is not None:
            try:
                row.cleaned_data[name] = parse_amount(amount, self.subject.currency)
            except ValidationError as error:
                row.add_error(name, error)


class PriceKeyRow(RowForm):
    sku = forms.CharField(label="SKU", max_length=64)
    from_quantity = forms.IntegerField(
        label="From units", min_value=1, max_value=MAX_QUANTITY, required=False, help_text="Empty: all of its prices."
    )


class PriceKeysForm(ActionForm):
    row_form = PriceKeyRow


class ImportForm(ActionForm):
    file = forms.FileField(
        label="CSV",
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=(
            f"The first row names the columns, in any order: {LAYOUT}. Prices are decimal numbers with a point, as "
            "12.50. Of a price that comes twice the last one counts; what the file doesn't name stays."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise ValidationError(f"A file may have {filesizeformat(settings.IMPORT_MAX_BYTES)}; split it.")
        try:
            LAYOUT.check(file.open())
        except UnfitFile as refusal:
            raise ValidationError(f"{refusal.detail} {refusal.unblock}") from refusal
        file.seek(0)
        return file
