"""The forms of the buttons that move money."""

from __future__ import annotations

from django import forms

from core.console import ActionForm
from core.console.forms import MoneyField
from core.money import format_money, from_minor
from orders.models import Order
from orders.payments.queries import refundable_payments
from orders.payments.statuses import PaymentMethod


class PaymentForm(ActionForm):
    method = forms.ChoiceField(choices=PaymentMethod.choices)
    amount = MoneyField()
    reference = forms.CharField(
        max_length=100, required=False, help_text="The bank's or terminal's own. One reference is recorded once."
    )

    def prepare(self) -> None:
        order: Order = self.subject
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)  # noqa: S101 - tells the type checker
        amount.currency, amount.label = order.currency, f"Amount in {order.currency}"
        self.initial.setdefault("amount", from_minor(max(order.due, 0), order.currency))

    def clean_amount(self) -> int:
        return _positive(self.cleaned_data["amount"])


class RefundForm(ActionForm):
    payment = forms.ChoiceField()
    amount = MoneyField()
    note = forms.CharField(max_length=200, required=False)

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
        self.initial.setdefault("amount", from_minor(max(-order.due, 0), order.currency))

    def clean_amount(self) -> int:
        return _positive(self.cleaned_data["amount"])


def _positive(amount: int) -> int:
    if amount <= 0:
        raise forms.ValidationError("The amount must be more than nothing.")
    return amount


class WriteOffForm(ActionForm):
    note = forms.CharField(max_length=200, help_text="Why it is given up.")
