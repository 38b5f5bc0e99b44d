"""Request bodies and responses of the payment routes."""

from __future__ import annotations

from core.api.serializers import (
    AmountField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    IdentifierField,
    IdField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from orders.payments.statuses import RECORDED_METHODS, PaymentMethod, PaymentState
from orders.statuses import MOST_KEPT


class NewPaymentSerializer(StrictSerializer):
    method = ChoiceField(RECORDED_METHODS)
    amount = AmountField(min_value=1)
    reference = IdentifierField(max_length=100, required=False, allow_blank=True)
    allow_overpayment = BooleanField(
        required=False,
        help_text=f"It is more than is due. At most {MOST_KEPT} times the order's total are kept in all.",
    )


class RedeemStoreCreditSerializer(StrictSerializer):
    amount = AmountField(min_value=1, required=False, help_text="Absent: as much as is due and there.")


class RedeemGiftCardSerializer(RedeemStoreCreditSerializer):
    code = IdentifierField(max_length=60, help_text="Letter case, dashes and spaces don't matter.")


class RefundPaymentSerializer(StrictSerializer):
    amount = AmountField(min_value=1)
    note = StringField(max_length=200, required=False, allow_blank=True)
    as_store_credit = BooleanField(
        required=False, help_text="To the customer's store credit, however it was paid. Else to what it was paid with."
    )


class WriteOffBalanceSerializer(StrictSerializer):
    note = StringField(max_length=200)


class PaymentSerializer(StrictSerializer):
    id = IdField()
    method = ChoiceField(PaymentMethod.choices)
    status = ChoiceField(PaymentState.choices)
    amount = AmountField()
    authorised = AmountField()
    captured = AmountField()
    refunded = AmountField()
    currency = CurrencyField()
    reference = StringField()
    stored_value_id = IdField(allow_null=True, help_text="The gift card or store credit that it was taken from.")
    created_at = TimestampField()
    captured_at = TimestampField(allow_null=True)
