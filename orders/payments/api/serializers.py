"""Request bodies and responses of the payment routes."""

from __future__ import annotations

from core.api.serializers import (
    AmountField,
    ChoiceField,
    CurrencyField,
    IdField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from orders.payments.statuses import PaymentMethod, PaymentState


class NewPaymentSerializer(StrictSerializer):
    method = ChoiceField(PaymentMethod.choices)
    amount = AmountField(min_value=1)
    reference = StringField(max_length=100, required=False, allow_blank=True)


class RefundPaymentSerializer(StrictSerializer):
    amount = AmountField(min_value=1)
    note = StringField(max_length=200, required=False, allow_blank=True)


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
    created_at = TimestampField()
    captured_at = TimestampField(allow_null=True)
