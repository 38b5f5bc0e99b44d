"""The answer of a quote. Amounts are minor units."""

from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import (
    AmountField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    DateField,
    IdField,
    StrictSerializer,
    StringField,
)
from orders.pricing.statuses import AdjustmentKind
from pricing.queries import MethodKind


class AdjustmentSerializer(StrictSerializer):
    kind = ChoiceField(AdjustmentKind.choices)
    code = StringField()
    label = StringField()  # type: ignore[assignment]
    rate = StringField(allow_null=True, help_text='A decimal fraction as text: "0.19".')
    amount = AmountField(help_text="Discounts are negative.")
    included = BooleanField(help_text="In the price already, so that it doesn't change what is paid.")
    reason = StringField()
    offer_id = IdField(allow_null=True)


class TaxTotalSerializer(StrictSerializer):
    name = StringField()
    rate = StringField(allow_null=True)
    taxable = AmountField(help_text="The net amounts that the tax is of.")
    amount = AmountField()
    included = BooleanField()
    reason = StringField(help_text="reverse_charge, exempt: why a rate is zero; given: the caller said the tax.")


class PriceReasonSerializer(StrictSerializer):
    source = ChoiceField([("given", "given"), ("list", "list"), ("catalogue", "catalogue")])  # type: ignore[assignment]
    list_code = StringField(help_text="The price list that decided.")
    from_quantity = serializers.IntegerField(help_text="The quantity break of it.")
    compare_at = AmountField(allow_null=True, help_text="The price that it is shown beside, as a saving.")
    includes_tax = BooleanField()
    before_untaxing = AmountField(allow_null=True, help_text="The price with the tax that this buyer doesn't pay.")


class _SumsSerializer(StrictSerializer):
    discount = AmountField()
    surcharge = AmountField()
    tax = AmountField()
    tax_included = AmountField()
    total = AmountField()


class QuotedLineSerializer(_SumsSerializer):
    sku = StringField()
    quantity = serializers.IntegerField()
    unit_price = AmountField()
    price = PriceReasonSerializer()
    adjustments = AdjustmentSerializer(many=True)
    available = serializers.IntegerField(help_text="Units that are there for this line.")
    stock = ChoiceField(
        [(each, each) for each in ("in_stock", "backorder", "preorder", "out_of_stock")],
        help_text="Whether all of it is there; if not, whether it can be ordered nevertheless.",
    )
    expected_on = DateField(
        allow_null=True,
        help_text="From when on all of it can be expected to be there, if known: what an order that waits is promised.",
    )
    arrives_from = DateField(
        allow_null=True, help_text="The first day on which the chosen delivery method brings it; null if it says none."
    )
    arrives_by = DateField(allow_null=True, help_text="The last such day.")


class QuotedDeliverySerializer(_SumsSerializer):
    method = StringField()
    name = StringField()
    kind = ChoiceField(MethodKind.choices)
    location_id = IdField(allow_null=True)
    price = AmountField()
    adjustments = AdjustmentSerializer(many=True)


class DeliveryOptionSerializer(StrictSerializer):
    code = StringField()
    name = StringField()
    kind = ChoiceField(MethodKind.choices)
    price = AmountField()
    includes_tax = BooleanField()
    location_id = IdField(allow_null=True)
    why = StringField(help_text="The rate that says the price.")


class RefusedDeliverySerializer(StrictSerializer):
    code = StringField()
    name = StringField()
    why = StringField()


class AppliedOfferSerializer(StrictSerializer):
    offer_id = IdField()
    code = StringField(help_text="Empty for an automatic offer.")
    label = StringField()  # type: ignore[assignment]
    amount = AmountField(help_text="Off the lines in all.")
    free_delivery = BooleanField()


class RefusedOfferSerializer(StrictSerializer):
    code = StringField()
    label = StringField()  # type: ignore[assignment]
    reason = StringField(help_text="A word for machines.")
    detail = StringField(help_text="A sentence for the shopper.")


class QuoteSerializer(StrictSerializer):
    currency = CurrencyField()
    lines = QuotedLineSerializer(many=True)
    delivery = QuotedDeliverySerializer(allow_null=True)
    delivery_options = DeliveryOptionSerializer(many=True)
    delivery_refused = RefusedDeliverySerializer(many=True)
    offers_applied = AppliedOfferSerializer(many=True)
    offers_refused = RefusedOfferSerializer(many=True)
    taxes = TaxTotalSerializer(many=True)
    subtotal = AmountField()
    discount = AmountField()
    surcharge = AmountField()
    tax = AmountField()
    tax_included = AmountField()
    shipping = AmountField()
    rounding = AmountField()
    total = AmountField()
    quote = StringField(help_text="Send it with POST /orders/: the order costs this, or is refused with what changed.")
