"""What the actions of offers need to be told; a form asks only for what its kind of offer has."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from core.console import ActionForm, RowForm
from core.console.forms import MOST_DIGITS, MomentField, parse_amount
from core.models import Client, ClientKind
from core.money import EXPONENT_BY_CURRENCY, from_minor
from customers.queries import groups_of_client
from inventory.queries import products_of, variant_ids
from pricing.offers.actions.codes import LENGTH, MOST_CODES
from pricing.offers.models import Offer, OfferCode, OfferTarget
from pricing.offers.statuses import OfferKind

CURRENCIES = [("", "—"), *((code, code) for code in sorted(EXPONENT_BY_CURRENCY))]
MOST_UNITS = 1_000_000
MOST_USES = 2_000_000_000
SKUS_AT_MOST = 500

OF_KIND: dict[OfferKind, tuple[str, ...]] = {
    OfferKind.PERCENTAGE: ("percentage",),
    OfferKind.AMOUNT: (),
    OfferKind.FREE_DELIVERY: (),
    OfferKind.BUY_X_GET_Y: ("buy_quantity", "get_quantity", "percentage"),
}
"""The fields that only some kinds have."""


class LinesField(forms.CharField):
    """Codes or SKUs, one a line."""

    widget = forms.Textarea

    def __init__(self, *, at_most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.at_most = at_most

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = list(dict.fromkeys(line.strip() for line in super().clean(value).splitlines() if line.strip()))
        if len(lines) > self.at_most:
            raise forms.ValidationError(f"At most {self.at_most:,} lines.", code="too_many")
        return lines


class MinimumRow(RowForm):
    """What the goods of an offer must come to in one currency."""

    currency = forms.ChoiceField(choices=CURRENCIES)
    minimum = forms.DecimalField(label="Minimum of its goods", min_value=0, max_digits=MOST_DIGITS, required=False)

    def clean(self) -> dict[str, Any]:
        """Adds each amount that is given in minor units, under `<name>_minor`."""
        cleaned = super().clean() or self.cleaned_data
        amounts = [name for name in ("amount", "minimum") if cleaned.get(name)]
        if cleaned.get("currency") and not amounts and not self.errors:
            raise forms.ValidationError("Say how much.")
        for name in amounts:
            if cleaned.get("currency"):
                cleaned[f"{name}_minor"] = parse_amount(cleaned[name], cleaned["currency"])
        return cleaned


class AmountRow(MinimumRow):
    """What an amount off takes in one currency, and what the goods must come to for it."""

    amount = forms.DecimalField(label="Off", min_value=0, max_digits=MOST_DIGITS, required=False)

    field_order = ("currency", "amount", "minimum")


class OfferForm(ActionForm):
    kind: ClassVar[OfferKind | None] = None
    row_form = MinimumRow
    rows_needed = False

    label = forms.CharField(max_length=100, help_text="What shoppers see.")
    percentage = forms.DecimalField(
        label="Percent off", min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )
    buy_quantity = forms.IntegerField(label="Who buys", min_value=1, max_value=MOST_UNITS, required=False)
    get_quantity = forms.IntegerField(
        label="gets", min_value=1, max_value=MOST_UNITS, required=False,
        help_text="As many more, the cheapest of them, at so many percent off; 100 for nothing.",
    )  # fmt: skip
    skus = LinesField(
        label="SKUs", at_most=SKUS_AT_MOST, required=False, help_text="What it is for, one a line; empty: everything."
    )
    product_skus = LinesField(
        label="Products", at_most=SKUS_AT_MOST, required=False,
        help_text="A SKU of each product that it is for with all its variants, one a line.",
    )  # fmt: skip
    minimum_quantity = forms.IntegerField(
        min_value=0, max_value=MOST_UNITS, initial=0, help_text="Units of what it is for; 0 for none."
    )
    combinable = forms.BooleanField(
        required=False, initial=True, help_text="Together with others that are; else shoppers have what is best."
    )
    priority = forms.IntegerField(min_value=0, max_value=32_767, initial=100, help_text="Lower numbers take first.")
    total_limit = forms.IntegerField(
        label="Uses at most", min_value=1, max_value=MOST_USES, required=False, help_text="By all orders together."
    )
    limit_per_customer = forms.IntegerField(label="Uses per customer", min_value=1, max_value=MOST_USES, required=False)
    starts_at = MomentField(label="Begins", required=False)
    ends_at = MomentField(label="Ends", required=False)

    def prepare(self) -> None:
        kind = self.kind or OfferKind(self.subject.kind)
        for name in {name for names in OF_KIND.values() for name in names} - set(OF_KIND[kind]):
            del self.fields[name]
        for name in OF_KIND[kind]:
            self.fields[name].required = True
        if kind == OfferKind.AMOUNT:
            self.row_form = AmountRow

    def clean(self) -> dict[str, Any]:
        """Adds `terms`, as the actions take them."""
        cleaned = super().clean()
        rows = cleaned.get("rows", ())
        currencies = [row["currency"] for row in rows]
        if len(currencies) != len(set(currencies)):
            raise forms.ValidationError("One row per currency.")
        terms = {name: cleaned[name] for name in self.fields.keys() & _PLAIN if name in cleaned}
        terms["minimum_amounts"] = _by_currency(rows, "minimum_minor")
        if self.row_form is AmountRow:
            terms["amounts"] = _by_currency(rows, "amount_minor")
        cleaned["terms"] = {**terms, **self._targets(cleaned)}
        return cleaned

    def _targets(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """What is sent as it was shown stays: a product may have no SKU to name it by."""
        found: dict[str, Any] = {}
        for name, ids, look_up in (("skus", "variant_ids", variant_ids), ("product_skus", "product_ids", products_of)):
            if name in cleaned and not self.untouched(name):
                known = look_up(cleaned[name])
                unknown = [sku for sku in cleaned[name] if sku not in known]
                if unknown:
                    self.add_error(name, f"There is no SKU {', '.join(unknown[:5])}.")
                found[ids] = list(known.values())
        return found


_PLAIN = {
    "label", "percentage", "buy_quantity", "get_quantity", "minimum_quantity", "combinable", "priority", "total_limit",
    "limit_per_customer", "starts_at", "ends_at", "active",
}  # fmt: skip


def _by_currency(rows: Iterable[dict[str, Any]], name: str) -> dict[str, int]:
    return {row["currency"]: row[name] for row in rows if name in row}


class EditOfferForm(OfferForm):
    groups = forms.MultipleChoiceField(
        label="For customer groups", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None: it is for everybody.",
    )  # fmt: skip
    active = forms.BooleanField(required=False, help_text="Nobody gets what is switched off.")

    def prepare(self) -> None:
        super().prepare()
        groups = groups_of_client(self.subject.client_id)
        choices = [(str(group.id), f"{group.code} · {group.name}") for group in groups]
        self.fields["groups"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "groups" in cleaned:
            cleaned["terms"]["group_ids"] = [uuid.UUID(group_id) for group_id in cleaned["groups"]]
        return cleaned


class NewOfferForm(OfferForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)
    code = forms.CharField(label="Its own code", max_length=40, help_text="For the people who work here: SPRING-2027.")
    automatic = forms.BooleanField(
        required=False, help_text="For every basket that it fits. Otherwise shoppers type one of its codes."
    )

    field_order = ("client", "code", "label", "automatic")

    def prepare(self) -> None:
        super().prepare()
        storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
        self.fields["client"].queryset = storefronts  # type: ignore[attr-defined]


class NewPercentageForm(NewOfferForm):
    kind = OfferKind.PERCENTAGE


class NewAmountForm(NewOfferForm):
    kind = OfferKind.AMOUNT


class NewFreeDeliveryForm(NewOfferForm):
    kind = OfferKind.FREE_DELIVERY


class NewBuyXGetYForm(NewOfferForm):
    kind = OfferKind.BUY_X_GET_Y


class AddCodesForm(ActionForm):
    codes = LinesField(
        at_most=MOST_CODES, help_text="One a line, 3 to 40 of A-Z, 0-9, - and _. Letter case is ignored."
    )
    use_limit = forms.IntegerField(
        label="Uses of each", min_value=1, max_value=MOST_USES, required=False, help_text="Empty: without a limit."
    )


class GenerateCodesForm(ActionForm):
    count = forms.IntegerField(min_value=1, max_value=MOST_CODES)
    beginning = forms.RegexField(
        r"^[A-Za-z0-9_-]*$",
        label="Begin with",
        max_length=40 - LENGTH,
        required=False,
        help_text="SPRING-, for instance.",
    )
    use_limit = forms.IntegerField(
        label="Uses of each", min_value=1, max_value=MOST_USES, required=False, initial=1,
        help_text="Empty: without a limit.",
    )  # fmt: skip


class EditCodeForm(ActionForm):
    code = forms.CharField(max_length=40, help_text="Which one, in any letter case.")
    use_limit = forms.IntegerField(
        label="Uses at most", min_value=1, max_value=MOST_USES, required=False, help_text="Empty: without a limit."
    )
    active = forms.BooleanField(required=False, initial=True, help_text="Shoppers can't use what is switched off.")

    def clean(self) -> dict[str, Any]:
        """Adds `code_id`."""
        cleaned = super().clean()
        if cleaned.get("code"):
            found = OfferCode.objects.filter(offer=self.subject).among([cleaned["code"]]).first()
            if found is None:
                self.add_error("code", "The offer has no such code.")
            else:
                cleaned["code_id"] = found.pk
        return cleaned


def terms_of(offer: Offer) -> dict[str, Any]:
    """The offer as its form shows it."""
    shown = {name: getattr(offer, name) for name in _PLAIN}
    currencies = sorted({*offer.amounts, *offer.minimum_amounts})
    rows = [
        {
            "currency": currency,
            "amount": _decimal(offer.amounts, currency),
            "minimum": _decimal(offer.minimum_amounts, currency),
        }
        for currency in currencies
    ]
    groups = [str(group_id) for group_id in offer.group_ids]
    return {**shown, **_skus_of(offer), "groups": groups, "rows": rows}


def _decimal(amounts: dict[str, int], currency: str) -> Any:
    return from_minor(amounts[currency], currency) if currency in amounts else None


def _skus_of(offer: Offer) -> dict[str, list[str]]:
    targets = OfferTarget.objects.filter(offer=offer).select_related("variant", "product")
    rows = list(targets.prefetch_related("product__variants").order_by("id"))
    of_products = [
        sorted(each.product.variants.all(), key=lambda variant: variant.sku) for each in rows if each.product
    ]
    return {
        "skus": [each.variant.sku for each in rows if each.variant],
        "product_skus": [variants[0].sku for variants in of_products if variants],
    }
