"""The forms of the buttons on an order's page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.formats import date_format
from django_countries import countries

from core.console import ActionForm, RowForm
from core.console.forms import DateField, EmailField, MomentField, MoneyField
from core.models import Client, ClientKind
from core.money import EXPONENT_BY_CURRENCY
from customers.queries import POSTAL_FIELDS
from orders.admin.rows import open_holds
from orders.models import OrderLine
from orders.pricing.lines import MAX_QUANTITY
from orders.statuses import Handover, HoldReason, PaymentTerms

TAGS_AT_MOST = 20
LONGEST_TAG = 50
CODES_AT_MOST = 10
LONGEST_CODE = 64


class CancelForm(ActionForm):
    reason = forms.CharField(max_length=200, help_text="Shown on the order's page and in the API.")


class PromiseForm(ActionForm):
    line_id = forms.TypedChoiceField(label="Line", coerce=uuid.UUID)
    promised_on = DateField(
        label="Promised for", help_text="The customer is told by e-mail, if the order has an address."
    )

    def prepare(self) -> None:
        waiting = [line for line in self.subject.lines.all() if line.backordered]
        self.fields["line_id"].choices = [(str(line.pk), _waiting(line)) for line in waiting]  # type: ignore[attr-defined]


def _waiting(line: OrderLine) -> str:
    promise = f"promised for {date_format(line.promised_on, 'j F Y')}" if line.promised_on else "no day promised"
    return f"{line.sku}: {line.backordered} wait, {promise}"


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


class TagsField(forms.CharField):
    """Tags, one a line: a tag may have a comma in it."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        tags = sorted({tag.strip() for tag in super().clean(value).splitlines() if tag.strip()})
        if len(tags) > TAGS_AT_MOST or any(len(tag) > LONGEST_TAG for tag in tags):
            raise forms.ValidationError(f"At most {TAGS_AT_MOST} tags of {LONGEST_TAG} characters.")
        return tags


class TagsForm(ActionForm):
    tags = TagsField(required=False, help_text=f"One a line; at most {TAGS_AT_MOST} of {LONGEST_TAG} characters.")


class CodesField(forms.CharField):
    """Codes of offers, one a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value: Any) -> list[str]:
        codes = list(dict.fromkeys(code.strip() for code in super().clean(value).splitlines() if code.strip()))
        if len(codes) > CODES_AT_MOST or any(len(code) > LONGEST_CODE for code in codes):
            raise forms.ValidationError(f"At most {CODES_AT_MOST} codes of {LONGEST_CODE} characters.")
        return codes


def address_fields(address: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an _AddressForm's fields, and the address itself."""
    return {**{field: address.get(field, "") for field in POSTAL_FIELDS}, "address": address}


class _AddressForm(ActionForm):
    """An address is complete or empty, or as it was."""

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
        if self.untouched(*POSTAL_FIELDS):
            return {**cleaned, "address": self.stored["address"]}
        given = {field: cleaned.pop(field, "") for field in POSTAL_FIELDS}
        if any(given.values()):
            for field in ("name", "line1", "city", "country"):
                if not given[field]:
                    self.add_error(field, "An address needs it.")
        cleaned["address"] = {field: value for field, value in given.items() if value}
        return cleaned


class ContactForm(_AddressForm):
    email = EmailField(label="E-mail", required=False)
    handover = forms.ChoiceField(choices=Handover.choices, help_text="A parcel needs a complete address.")
    shipping_method = forms.CharField(max_length=100, required=False)
    payment_terms = forms.ChoiceField(choices=PaymentTerms.choices)

    field_order = ("email", "payment_terms", "handover", "shipping_method")


class BillingForm(_AddressForm):
    pass


class NewLineForm(RowForm):
    sku = forms.CharField(label="SKU", max_length=64)
    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class NewOrderForm(_AddressForm):
    row_form = NewLineForm

    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)
    email = EmailField(
        label="E-mail", required=False, help_text="The storefront's customer is found by it; anybody else is a guest."
    )
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENT_BY_CURRENCY)], initial="GBP")
    payment_terms = forms.ChoiceField(choices=PaymentTerms.choices)
    codes = CodesField(required=False, help_text="Codes of offers, one a line.")
    delivery_method = forms.CharField(
        max_length=32,
        required=False,
        help_text="The code of one of the storefront's methods; its rates say the charge.",
    )
    shipping = MoneyField(label="Shipping charge", required=False, help_text="Instead of a method's.")
    discount = MoneyField(required=False, min_value=0, help_text="Off the whole order, beside offers.")
    discount_reason = forms.CharField(label="Why the discount", max_length=200, required=False)
    external_ref = forms.CharField(label="Reference", max_length=100, required=False)

    field_order = (
        "client", "email", "currency", "payment_terms", "codes", "delivery_method", "shipping", "discount",
        "discount_reason", "external_ref",
    )  # fmt: skip

    def prepare(self) -> None:
        super().prepare()
        storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
        self.fields["client"].queryset = storefronts  # type: ignore[attr-defined]
        chosen = self.data.get("currency") if self.is_bound else None
        if chosen in EXPONENT_BY_CURRENCY:
            for name in ("shipping", "discount"):
                self.fields[name].currency = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("discount") and not cleaned.get("discount_reason"):
            self.add_error("discount_reason", "Say why, for whoever looks at the order later.")
        if cleaned.get("delivery_method") and cleaned.get("shipping") is not None:
            self.add_error("shipping", "Choose a delivery method or give a charge, not both.")
        return cleaned
