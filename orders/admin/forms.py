"""The forms of the buttons on an order's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django_countries import countries

from core.console import ActionForm, RowForm
from core.console.forms import MomentField, MoneyField
from core.models import Client, ClientKind
from core.money import EXPONENT_BY_CURRENCY
from customers.queries import POSTAL_FIELDS
from orders.admin.rows import open_holds
from orders.pricing.lines import MAX_QUANTITY
from orders.statuses import HoldReason, PaymentTerms

TAGS_AT_MOST = 20


class CancelForm(ActionForm):
    reason = forms.CharField(max_length=200, help_text="Shown on the order's page and in the API.")


class HoldForm(ActionForm):
    reason = forms.ChoiceField(choices=HoldReason.choices)
    note = forms.CharField(max_length=500, required=False)
    expires_at = MomentField(label="Expires", required=False, help_text="Empty: it holds until somebody lifts it.")


class LiftForm(ActionForm):
    hold = forms.ChoiceField()

    def prepare(self) -> None:
        field = self.fields["hold"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [
            (str(hold.pk), f"{hold.get_reason_display()} by {hold.actor} {hold.note}")
            for hold in open_holds(self.subject.pk)
        ]


class NoteForm(ActionForm):
    body = forms.CharField(label="Note", max_length=5000, widget=forms.Textarea, help_text="Customers never see it.")


class TagsForm(ActionForm):
    tags = forms.CharField(required=False, help_text="Separated by commas; at most 20 of 50 characters.")

    def clean_tags(self) -> list[str]:
        tags = sorted({tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()})
        if len(tags) > TAGS_AT_MOST or any(len(tag) > 50 for tag in tags):
            raise forms.ValidationError(f"At most {TAGS_AT_MOST} tags of 50 characters.")
        return tags


class _AddressForm(ActionForm):
    """An address is complete or empty."""

    name = forms.CharField(label="Addressee", max_length=200, required=False)
    company = forms.CharField(max_length=200, required=False)
    line1 = forms.CharField(label="Address", max_length=200, required=False)
    line2 = forms.CharField(label="Address, second line", max_length=200, required=False)
    city = forms.CharField(max_length=100, required=False)
    region = forms.CharField(max_length=100, required=False)
    postal_code = forms.CharField(max_length=20, required=False)
    country = forms.ChoiceField(required=False)
    phone = forms.CharField(max_length=40, required=False)

    def prepare(self) -> None:
        self.fields["country"].choices = [("", "—"), *countries]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        given = {field: cleaned.pop(field, "") for field in POSTAL_FIELDS}
        if any(given.values()):
            for field in ("name", "line1", "city", "country"):
                if not given[field]:
                    self.add_error(field, "An address needs it.")
        cleaned["address"] = {field: value for field, value in given.items() if value}
        return cleaned


class ContactForm(_AddressForm):
    email = forms.EmailField(label="E-mail", required=False)
    shipping_method = forms.CharField(max_length=100, required=False)
    payment_terms = forms.ChoiceField(choices=PaymentTerms.choices)

    field_order = ("email", "payment_terms", "shipping_method")


class BillingForm(_AddressForm):
    pass


class NewLineForm(RowForm):
    sku = forms.CharField(label="SKU", max_length=64)
    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class NewOrderForm(ActionForm):
    row_form = NewLineForm

    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)
    email = forms.EmailField(
        label="E-mail", required=False, help_text="The storefront's customer is found by it; anybody else is a guest."
    )
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENT_BY_CURRENCY)], initial="GBP")
    payment_terms = forms.ChoiceField(choices=PaymentTerms.choices)
    shipping = MoneyField(label="Shipping charge", initial=0)
    external_ref = forms.CharField(label="Reference", max_length=100, required=False)

    def prepare(self) -> None:
        storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
        self.fields["client"].queryset = storefronts  # type: ignore[attr-defined]
        chosen = self.data.get("currency") if self.is_bound else None
        if chosen in EXPONENT_BY_CURRENCY:
            self.fields["shipping"].currency = chosen  # type: ignore[attr-defined]
