"""The forms of the buttons that refund."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from core.console import ActionForm
from core.console.forms import MoneyField
from core.errors import InvalidInput
from core.money import format_money
from orders.models import Order
from orders.refunds.crediting import Asked, UnitsAsked
from orders.refunds.models import Refund
from orders.refunds.statuses import RefundReason, RefundTo
from stored_value.queries import gift_card_with


class RefundItemsForm(ActionForm):
    """One field of units for each line that has some left to credit."""

    reason = forms.ChoiceField(choices=[("", "—"), *RefundReason.choices])
    everything = forms.BooleanField(
        required=False, help_text="All units and all of the delivery that are left, in place of single ones."
    )
    delivery = MoneyField(required=False, min_value=0, help_text="So much of the delivery charge.")
    goodwill = MoneyField(required=False, min_value=0, help_text="For neither goods nor delivery.")
    amount = MoneyField(
        label="Give back",
        required=False,
        min_value=0,
        help_text="Empty: all that the customer has paid beyond what is owed then.",
    )
    to = forms.ChoiceField(label="Give back to", choices=RefundTo.choices)
    gift_card = forms.CharField(
        label="Code of the gift card", max_length=60, required=False, help_text="Where it goes back to a gift card."
    )
    note = forms.CharField(max_length=200, required=False)

    def prepare(self) -> None:
        order: Order = self.subject
        for name in ("delivery", "goodwill", "amount"):
            field = self.fields[name]
            assert isinstance(field, MoneyField)  # noqa: S101 - tells the type checker
            field.currency = order.currency
            field.label = f"{field.label or name.capitalize()} in {order.currency}"
        if not order.shipping:
            del self.fields["delivery"]
        self._lines = {f"units_{line.position}": line for line in order.lines.all() if line.to_credit}
        for name, line in self._lines.items():
            self.fields[name] = forms.IntegerField(
                label=f"Units of {line.sku}",
                required=False,
                min_value=0,
                max_value=line.to_credit,
                help_text=f"{line.name}: at most {line.to_credit}.",
            )
        self.order_fields(["reason", *self._lines])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        units = [UnitsAsked(line.pk, cleaned[name]) for name, line in self._lines.items() if cleaned.get(name)]
        if cleaned.get("everything") and (units or cleaned.get("delivery")):
            self.add_error("everything", "Say everything, or what: not both.")
        cleaned["gift_card_id"] = self._card(cleaned)
        cleaned["asked"] = Asked(
            units,
            delivery=cleaned.get("delivery") or 0,
            goodwill=cleaned.get("goodwill") or 0,
            everything=bool(cleaned.get("everything")),
            amount=cleaned.get("amount"),
        )
        return cleaned

    def _card(self, cleaned: dict[str, Any]) -> uuid.UUID | None:
        code, to_card = cleaned.get("gift_card"), cleaned.get("to") == RefundTo.GIFT_CARD
        if to_card and not code:
            self.add_error("gift_card", "Which one?")
        if code and not to_card:
            self.add_error("to", "A code is given, so that it goes back to a gift card: or is it not to?")
        if not code or not to_card:
            return None
        try:
            return gift_card_with(self.subject.client_id, code).pk
        except InvalidInput as error:
            self.add_error("gift_card", error.errors[0].detail)
            return None


class _DecisionForm(ActionForm):
    refund = forms.ChoiceField()

    def prepare(self) -> None:
        field = self.fields["refund"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(str(each.pk), self._told(each)) for each in self.subject.refunds.all() if each.waits]

    def clean_refund(self) -> uuid.UUID:
        return uuid.UUID(self.cleaned_data["refund"])

    def _told(self, refund: Refund) -> str:
        credited, amount = (format_money(each, self.subject.currency) for each in (refund.credited, refund.amount))
        why = refund.get_reason_display().lower()
        return f"{credited} credited, {amount} given back ({why}), asked by {refund.actor}"


class ApproveRefundForm(_DecisionForm):
    """Which one."""


class RejectRefundForm(_DecisionForm):
    reason = forms.CharField(max_length=200)
