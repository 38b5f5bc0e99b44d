"""Products and their variants: request bodies and responses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.serializers import (
    AmountField,
    BlockField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    DateField,
    IdentifierField,
    IdField,
    IntegerField,
    StrictSerializer,
    StringField,
)
from inventory.actions import NewVariant
from inventory.api.serializers.availability import AvailabilitySerializer
from inventory.statuses import LONGEST_RESTOCK, RESTOCK_DAYS, StockPolicy

MAX_GRAMS = 10**9
"""A thousand tonnes."""


class NewPriceSerializer(StrictSerializer):
    currency = CurrencyField()
    amount = AmountField(min_value=0, help_text="Minor units of the currency, before tax.")


class PricedSerializer(StrictSerializer):
    prices = NewPriceSerializer(many=True, required=False, max_length=50)  # type: ignore[call-arg]

    def validate_prices(self, prices: list[dict[str, Any]]) -> dict[str, int]:
        by_currency = {price["currency"]: price["amount"] for price in prices}
        if len(by_currency) < len(prices):
            raise serializers.ValidationError("A currency is named more than once.", code="repeated")
        return by_currency


class OfferSerializer(PricedSerializer):
    """What all bodies of variants may say."""

    stock_policy = ChoiceField(
        StockPolicy.choices, required=False, help_text="What happens to an order for units that nobody has."
    )
    available_from = DateField(required=False, allow_null=True, help_text="When a preorder's first stock is expected.")
    restock_days = IntegerField(
        min_value=0, max_value=LONGEST_RESTOCK, required=False, allow_null=True, help_text=RESTOCK_DAYS
    )
    tax_class_code = IdentifierField(
        max_length=32, required=False, allow_null=True, help_text="Of a tax class; null: the standard one."
    )
    weight_grams = IntegerField(
        min_value=0, max_value=MAX_GRAMS, required=False, help_text="Of one unit, packed; 0 if it doesn't matter."
    )


class NewProductVariantSerializer(OfferSerializer):
    sku = IdentifierField(max_length=64)
    name = StringField(max_length=250)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return NewVariant(**attrs)


class NewVariantSerializer(OfferSerializer):
    """A variant to be added to a product."""

    product_id = IdField()
    sku = IdentifierField(max_length=64)
    name = StringField(max_length=250)


class VariantChangesSerializer(OfferSerializer):
    """The fields of a variant that change; `prices` replaces all of them."""

    name = StringField(max_length=250)
    active = BooleanField()


class NewProductSerializer(StrictSerializer):
    name = StringField(max_length=250)
    description = BlockField(max_length=10_000, required=False, allow_blank=True)
    variants = NewProductVariantSerializer(many=True, required=False, max_length=100)  # type: ignore[call-arg]


class ProductChangesSerializer(StrictSerializer):
    name = StringField(max_length=250)
    description = BlockField(max_length=10_000, allow_blank=True)
    active = BooleanField()


class PriceSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = serializers.IntegerField(help_text="Minor units of the currency, before tax.")


class ProductVariantSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    stock_policy = serializers.ChoiceField(StockPolicy.choices)
    available_from = serializers.DateField(allow_null=True, help_text="When a preorder's first stock is expected.")
    restock_days = serializers.IntegerField(allow_null=True, help_text=RESTOCK_DAYS)
    tax_class_code = serializers.CharField(allow_null=True, help_text="Null: the standard class.")
    weight_grams = serializers.IntegerField(help_text="Of one unit, packed; 0 if it doesn't matter.")
    prices = PriceSerializer(many=True)


class VariantSerializer(ProductVariantSerializer):
    product_id = serializers.UUIDField()
    availability = AvailabilitySerializer()
    version = serializers.IntegerField(help_text="What the ETag names. Reservations don't change it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    active = serializers.BooleanField()
    variants = ProductVariantSerializer(many=True)
    version = serializers.IntegerField(help_text="What the ETag names. The variants have versions of their own.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
