"""Request bodies and responses of the payment routes."""

from __future__ import annotations

from core.api.serializers import (
    ActorSerializer,
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
from orders.payments.statuses import RECORDED_METHODS, AttemptKind, AttemptState, PaymentMethod, PaymentState
from orders.statuses import MOST_KEPT


class NewPaymentSerializer(StrictSerializer):
    method = ChoiceField(RECORDED_METHODS)
    amount = AmountField(min_value=1)
    reference = IdentifierField(max_length=100, required=False, allow_blank=True)
    allow_overpayment = BooleanField(
        required=False,
        help_text=f"It is more than is due. At most {MOST_KEPT} times the order's total are kept in all.",
    )


class PayByCardSerializer(StrictSerializer):
    token = IdentifierField(max_length=200, help_text="The token that the gateway's own script made of the card.")
    gateway = IdentifierField(max_length=32, required=False, help_text="Absent: the first of this shop.")
    amount = AmountField(min_value=1, required=False, help_text="Absent: all that is due and not asked for already.")
    capture = BooleanField(required=False, help_text="Captured as soon as it is authorised; true unless it is said.")


class CapturePaymentSerializer(StrictSerializer):
    amount = AmountField(min_value=1, required=False, help_text="Absent: all that is authorised and not captured.")


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


class PaymentAttemptSerializer(StrictSerializer):
    id = IdField(help_text="The key by which the gateway does it once.")
    payment_id = IdField()
    kind = ChoiceField(AttemptKind.choices)
    status = ChoiceField(AttemptState.choices)
    amount = AmountField()
    currency = CurrencyField()
    then_capture = BooleanField(help_text="An authorisation that is captured as soon as it succeeds.")
    refund_id = IdField(allow_null=True)
    reference = StringField(help_text="The gateway's own.")
    code = StringField(help_text="Why the gateway declined.")
    action_url = StringField(help_text="Where the payer must act.")
    actor = ActorSerializer()
    created_at = TimestampField()
    settled_at = TimestampField(allow_null=True)


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
    gateway = StringField(help_text="Whom a card is charged by; empty for other methods.")
    stored_value_id = IdField(allow_null=True, help_text="The gift card or store credit that it was taken from.")
    created_at = TimestampField()
    captured_at = TimestampField(allow_null=True)
    authorised_until = TimestampField(
        allow_null=True, help_text="When the payer's bank lets go of what it has set aside; null where nobody says."
    )
