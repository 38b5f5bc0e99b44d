"""The forms of the buttons that move money."""

from __future__ import annotations

from django import forms

from core.console import ActionForm
from core.console.forms import MoneyField
from core.money import format_money
from orders.models import Order
from orders.payments.gateways import gateway_names
from orders.payments.queries import refundable_payments
from orders.payments.statuses import RECORDED_METHODS


class PaymentForm(ActionForm):
    method = forms.ChoiceField(choices=RECORDED_METHODS)
    amount = MoneyField()
    reference = forms.CharField(
        max_length=100, required=False, help_text="The bank's or terminal's own. One reference is recorded once."
    )

    allow_overpayment = forms.BooleanField(
        label="It is more than is due", required=False, help_text="Tick it when more has arrived than there is to pay."
    )

    def prepare(self) -> None:
        order: Order = self.subject
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)  # noqa: S101 - tells the type checker
        amount.currency, amount.label = order.currency, f"Amount in {order.currency}"
        self.initial.setdefault("amount", max(order.due, 0))

    def clean_amount(self) -> int:
        return _positive(self.cleaned_data["amount"])


class RefundForm(ActionForm):
    payment = forms.ChoiceField()
    amount = MoneyField()
    note = forms.CharField(max_length=200, required=False)
    as_store_credit = forms.BooleanField(
        required=False, help_text="To the customer's store credit, not to what it was paid with."
    )

    def prepare(self) -> None:
        order: Order = self.subject
        payment, amount = self.fields["payment"], self.fields["amount"]
        assert isinstance(payment, forms.ChoiceField)  # noqa: S101 - tells the type checker
        assert isinstance(amount, MoneyField)  # noqa: S101 - tells the type checker
        payment.choices = [
            (
                str(each.pk),
                f"{each.get_method_display()} {each.reference}: {format_money(each.refundable, order.currency)} left",
            )
            for each in refundable_payments(order.pk)
        ]
        amount.currency, amount.label = order.currency, f"Amount in {order.currency}"
        self.initial.setdefault("amount", max(-order.due, 0))

    def clean_amount(self) -> int:
        return _positive(self.cleaned_data["amount"])


def _positive(amount: int) -> int:
    if amount <= 0:
        raise forms.ValidationError("The amount must be more than nothing.")
    return amount


class _OptionalAmountForm(ActionForm):
    """An amount of the order's currency, or as much as there is."""

    amount = MoneyField(required=False, help_text="Empty: as much as there is.")

    def prepare(self) -> None:
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)  # noqa: S101 - tells the type checker
        amount.currency, amount.label = self.subject.currency, f"Amount in {self.subject.currency}"

    def clean_amount(self) -> int | None:
        amount: int | None = self.cleaned_data["amount"]
        return None if amount is None else _positive(amount)


class PayByCardForm(_OptionalAmountForm):
    gateway = forms.ChoiceField()
    card = forms.CharField(max_length=200, help_text="The token that the gateway made of the card, such as tok_ok.")
    capture = forms.BooleanField(
        required=False, initial=True, help_text="Capture it as soon as it is authorised; else it is only set aside."
    )

    field_order = ("gateway", "card", "amount", "capture")

    def prepare(self) -> None:
        super().prepare()
        self.fields["gateway"].choices = [(name, name) for name in gateway_names()]  # type: ignore[attr-defined]


def _authorised(order: Order) -> list[tuple[str, str]]:
    return [
        (
            str(each.pk),
            f"{each.get_method_display()} by {each.gateway}: "
            f"{format_money(each.authorised - each.captured, order.currency)} set aside",
        )
        for each in order.payments.all()
        if each.authorised > each.captured
    ]


class CaptureForm(_OptionalAmountForm):
    payment = forms.ChoiceField()

    field_order = ("payment", "amount")

    def prepare(self) -> None:
        super().prepare()
        self.fields["payment"].choices = _authorised(self.subject)  # type: ignore[attr-defined]


class VoidForm(ActionForm):
    payment = forms.ChoiceField()

    def prepare(self) -> None:
        self.fields["payment"].choices = _authorised(self.subject)  # type: ignore[attr-defined]


class RedeemStoreCreditForm(_OptionalAmountForm):
    """How much of it."""


class RedeemGiftCardForm(_OptionalAmountForm):
    code = forms.CharField(max_length=60, help_text="Letter case, dashes and spaces don't matter.")

    field_order = ("code", "amount")


class WriteOffForm(ActionForm):
    note = forms.CharField(max_length=200, help_text="Why it is given up.")
