"""Request bodies and responses of the routes of refunds."""

from __future__ import annotations

from core.api.serializers import (
    ActorSerializer,
    AmountField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    IdField,
    IntegerField,
    QuantityField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from orders.refunds.statuses import CreditKind, RefundReason, RefundState, RefundTo
from orders.statuses import MAX_LINES


class RefundUnitsSerializer(StrictSerializer):
    line_id = IdField()
    quantity = QuantityField()


class AskedSerializer(StrictSerializer):
    lines = RefundUnitsSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_LINES,
        help_text="Units to credit, with their exact share of their line.",
    )  # fmt: skip
    delivery = AmountField(min_value=1, required=False, help_text="So much of the delivery charge.")
    goodwill = AmountField(min_value=1, required=False, help_text="Credited for neither goods nor delivery.")
    everything = BooleanField(
        required=False, help_text="All units and all of the delivery that are left, in place of `lines` and `delivery`."
    )
    amount = AmountField(
        min_value=0,
        required=False,
        help_text="What goes back. Absent: as much as the customer has paid beyond what is owed then.",
    )


class NewRefundSerializer(AskedSerializer):
    reason = ChoiceField(RefundReason.choices)
    to = ChoiceField(RefundTo.choices, required=False, help_text="By default to what it was paid with, newest first.")
    gift_card_id = IdField(required=False, help_text="The card that it goes to, with `to` as `gift_card`.")
    note = StringField(max_length=200, required=False, allow_blank=True)


class RejectRefundSerializer(StrictSerializer):
    reason = StringField(max_length=200)


class RefundLineSerializer(StrictSerializer):
    kind = ChoiceField(CreditKind.choices)
    line_id = IdField(allow_null=True)
    delivery_id = IdField(allow_null=True)
    quantity = IntegerField()
    amount = IntegerField(help_text="Minor units; a balance may be negative.")


class RefundPartSerializer(StrictSerializer):
    payment_id = IdField()
    amount = AmountField()


class RefundPreviewSerializer(StrictSerializer):
    credited = AmountField()
    amount = AmountField()
    currency = CurrencyField()
    lines = RefundLineSerializer(many=True)
    parts = RefundPartSerializer(many=True)


class RefundSerializer(StrictSerializer):
    id = IdField()
    status = ChoiceField(RefundState.choices)
    reason = ChoiceField(RefundReason.choices)
    note = StringField()
    to = ChoiceField(RefundTo.choices)
    gift_card_id = IdField(allow_null=True)
    credited = AmountField(help_text="What the customer need not pay; until it is approved, as it was when asked for.")
    amount = AmountField(help_text="What goes back.")
    currency = CurrencyField()
    above_limit = BooleanField(help_text="It is beyond what who asked for it may give back: a second person decides.")
    lines = RefundLineSerializer(many=True, help_text="Empty until it is approved.")
    parts = RefundPartSerializer(many=True, help_text="Of which payments it goes back.")
    actor = ActorSerializer()
    created_at = TimestampField()
    decided_by = ActorSerializer(allow_null=True)
    decided_at = TimestampField(allow_null=True)
    rejection = StringField(help_text="Why it was rejected.")
