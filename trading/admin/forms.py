"""What the actions of the book need to be told."""

from __future__ import annotations

from typing import Any

from django import forms

from core.console import ActionForm
from core.console.forms import MOST_DIGITS, EmailField, MoneyField, parse_amount
from core.errors import NotFound
from core.models import Client
from core.money import EXPONENT_BY_CURRENCY
from customers.queries import customer_id_of
from trading.actions import is_symbol
from trading.actions.instruments import RESERVED_SYMBOLS
from trading.models import MAX_AMOUNT, MAX_PRICE
from trading.queries import find_instrument
from trading.statuses import Side


class InstrumentForm(ActionForm):
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENT_BY_CURRENCY)])
    sku = forms.CharField(
        label="SKU", max_length=64, required=False, help_text="What a settled trade orders. Empty: none is settled."
    )


class NewInstrumentForm(InstrumentForm):
    symbol = forms.CharField(max_length=64)

    field_order = ("symbol",)

    def clean_symbol(self) -> str:
        symbol: str = self.cleaned_data["symbol"]
        if not is_symbol(symbol) or symbol in RESERVED_SYMBOLS:
            raise forms.ValidationError("A symbol is letters, digits, and . _ : - after the first of them.")
        return symbol


class ChangeForm(ActionForm):
    amount = forms.IntegerField(label="Amount left", min_value=1, max_value=MAX_AMOUNT)
    price = MoneyField()

    def prepare(self) -> None:
        currency = self.subject.instrument.currency
        self.fields["price"].label = f"Price in {currency}"
        self.fields["price"].currency = currency  # type: ignore[attr-defined]

    def clean_price(self) -> int:
        price: int = self.cleaned_data["price"]
        if not 1 <= price <= MAX_PRICE:
            raise forms.ValidationError("That is no price that an order may have.")
        return price


class TradeForm(ActionForm):
    client = forms.ModelChoiceField(queryset=Client.objects.none(), empty_label=None, help_text="Whose trade it is.")
    symbol = forms.CharField(max_length=64)
    side = forms.ChoiceField(choices=Side.choices)
    amount = forms.IntegerField(min_value=1, max_value=MAX_AMOUNT)
    limit = forms.DecimalField(
        label="Limit", min_value=0, max_digits=MOST_DIGITS, required=False,
        help_text="The most that it may come to, in the symbol's currency. Dearer, it isn't placed.",
    )  # fmt: skip
    customer = EmailField(
        label="Customer's e-mail", required=False,
        help_text="Settles the trade as an order of this customer of the client, a line per fill.",
    )  # fmt: skip
    client_ref = forms.CharField(
        label="Reference", max_length=100, required=False, help_text="The client's own; one is made if it is empty."
    )

    def prepare(self) -> None:
        clients = Client.objects.filter(active=True).order_by("name")
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Adds `limit_total` in minor units and `customer_id`, None without them."""
        cleaned = super().clean()
        cleaned["limit_total"] = cleaned["customer_id"] = None
        if "symbol" in cleaned and cleaned.get("limit") is not None:
            cleaned["limit_total"] = self._limit_in_minor()
        if "client" in cleaned and cleaned.get("customer"):
            cleaned["customer_id"] = customer_id_of(cleaned["client"].pk, cleaned["customer"])
            if cleaned["customer_id"] is None:
                self.add_error("customer", "The client has no customer of that e-mail.")
        return cleaned

    def _limit_in_minor(self) -> int | None:
        try:
            currency = find_instrument(self.cleaned_data["symbol"]).currency
            return parse_amount(self.cleaned_data["limit"], currency)
        except NotFound as error:
            self.add_error("symbol", error.detail)
        except forms.ValidationError as error:
            self.add_error("limit", error)
        return None
