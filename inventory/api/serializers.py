"""The catalogue and stock as JSON: request bodies and responses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django_countries import countries
from rest_framework import serializers

from core.api.serializers import (
    MAX_QUANTITY,
    AmountField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    IdField,
    IntegerField,
    QuantityField,
    StrictSerializer,
    StringField,
)
from inventory.actions import NewVariant
from inventory.models import Location, Price, Product, StockLevel, StockMovement, Variant
from inventory.statuses import MovementKind

MAX_ITEMS = 500
"""Of one request: each is a movement, all in one transaction."""

_COUNTRIES = [(code, code) for code, _ in countries]


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


class NewProductVariantSerializer(PricedSerializer):
    sku = StringField(max_length=64)
    name = StringField(max_length=250)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return NewVariant(**attrs)


class NewVariantSerializer(PricedSerializer):
    """A variant to be added to a product."""

    product_id = IdField()
    sku = StringField(max_length=64)
    name = StringField(max_length=250)


class VariantChangesSerializer(PricedSerializer):
    """The fields of a variant that change; `prices` replaces all of them."""

    name = StringField(max_length=250)
    active = BooleanField()


class NewProductSerializer(StrictSerializer):
    name = StringField(max_length=250)
    description = StringField(max_length=10_000, required=False, allow_blank=True)
    variants = NewProductVariantSerializer(many=True, required=False, max_length=100)  # type: ignore[call-arg]


class ProductChangesSerializer(StrictSerializer):
    name = StringField(max_length=250)
    description = StringField(max_length=10_000, allow_blank=True)
    active = BooleanField()


class LocationChangesSerializer(StrictSerializer):
    name = StringField(max_length=100)
    country = ChoiceField(_COUNTRIES, allow_blank=True, required=False, help_text="ISO 3166, two letters.")
    priority = IntegerField(
        min_value=0, max_value=32_767, required=False, help_text="Lower numbers are drawn from first."
    )
    active = BooleanField(required=False)


class NewLocationSerializer(LocationChangesSerializer):
    code = StringField(max_length=32)


class StockItemSerializer(StrictSerializer):
    sku = StringField(max_length=64)
    location_id = IdField()
    quantity = QuantityField()


class ReceiveStockSerializer(StrictSerializer):
    items = StockItemSerializer(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    note = StringField(max_length=200, required=False, allow_blank=True)


class ScrapStockSerializer(ReceiveStockSerializer):
    pass


class TransferItemSerializer(StrictSerializer):
    sku = StringField(max_length=64)
    from_location_id = IdField(help_text="The location that the units leave.")
    to_location_id = IdField(help_text="The location that gets them.")
    quantity = QuantityField()


class TransferStockSerializer(StrictSerializer):
    items = TransferItemSerializer(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    note = StringField(max_length=200, required=False, allow_blank=True)


class AdjustStockSerializer(StrictSerializer):
    """Either `to`, what was counted, or `change`."""

    sku = StringField(max_length=64)
    location_id = IdField()
    to = IntegerField(min_value=0, max_value=10**9, required=False, help_text="The units that there are.")
    change = IntegerField(
        min_value=-MAX_QUANTITY, max_value=MAX_QUANTITY, required=False, help_text="Units more, or fewer if negative."
    )
    note = StringField(max_length=200, help_text="Why.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("to" in attrs) == ("change" in attrs):
            raise serializers.ValidationError("Give either `to` or `change`.", code="one_of")
        return attrs


class PriceSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = serializers.IntegerField(help_text="Minor units of the currency, before tax.")


class LocationAvailabilitySerializer(serializers.Serializer[Any]):
    location_id = serializers.UUIDField()
    location_code = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    available = serializers.IntegerField()


class AvailabilitySerializer(serializers.Serializer[Any]):
    """At active locations, in all and each, the first drawn from first."""

    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    available = serializers.IntegerField()
    locations = LocationAvailabilitySerializer(many=True)


class ProductVariantSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
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


class LocationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    priority = serializers.IntegerField(help_text="Lower numbers are drawn from first.")
    active = serializers.BooleanField(help_text="An inactive location keeps its stock but sells none of it.")
    version = serializers.IntegerField(help_text="What the ETag names.")
    created_at = serializers.DateTimeField()


class StockLevelSerializer(LocationAvailabilitySerializer):
    variant_id = serializers.UUIDField()
    sku = serializers.CharField()


class StockMovementSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(MovementKind.choices)
    variant_id = serializers.UUIDField()
    sku = serializers.CharField()
    location_id = serializers.UUIDField()
    location_code = serializers.CharField()
    on_hand = serializers.IntegerField(help_text="Change of the units on hand.")
    reserved = serializers.IntegerField(help_text="Change of the units reserved.")
    order_id = serializers.UUIDField(allow_null=True)
    line_id = serializers.UUIDField(allow_null=True)
    actor = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class StockChangeSerializer(serializers.Serializer[Any]):
    """What one request has done to stock."""

    movements = StockMovementSerializer(many=True)


def show_product(product: Product) -> dict[str, Any]:
    """Of a product out of ProductQuerySet.with_variants()."""
    variants = sorted(product.variants.all(), key=lambda variant: variant.pk)
    return {
        "id": product.pk,
        "name": product.name,
        "description": product.description,
        "active": product.active,
        "variants": [_variant(variant) for variant in variants],
        "version": product.version,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def show_variant(variant: Variant) -> dict[str, Any]:
    """Of a variant out of VariantQuerySet.with_offer()."""
    return {
        **_variant(variant),
        "product_id": variant.product_id,
        "availability": _availability(variant.levels.all()),
        "version": variant.version,
        "created_at": variant.created_at,
        "updated_at": variant.updated_at,
    }


def show_location(location: Location) -> dict[str, Any]:
    return {
        "id": location.pk,
        "code": location.code,
        "name": location.name,
        "country": str(location.country),
        "priority": location.priority,
        "active": location.active,
        "version": location.version,
        "created_at": location.created_at,
    }


def show_level(level: StockLevel) -> dict[str, Any]:
    return {"variant_id": level.variant_id, "sku": level.variant.sku, **_level(level)}


def show_movement(move: StockMovement) -> dict[str, Any]:
    return {
        "id": move.pk,
        "kind": move.kind,
        "variant_id": move.variant_id,
        "sku": move.variant.sku,
        "location_id": move.location_id,
        "location_code": move.location.code,
        "on_hand": move.on_hand,
        "reserved": move.reserved,
        "order_id": move.order_id,
        "line_id": move.line_id,
        "actor": move.actor,
        "note": move.note,
        "created_at": move.created_at,
    }


def show_change(moves: Sequence[StockMovement]) -> dict[str, Any]:
    return {"movements": [show_movement(move) for move in moves]}


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "name": variant.name,
        "active": variant.active,
        "prices": [_price(price) for price in variant.prices.all()],
    }


def _price(price: Price) -> dict[str, Any]:
    return {"currency": price.currency, "amount": price.amount}


def _availability(levels: Iterable[StockLevel]) -> dict[str, Any]:
    active = [level for level in levels if level.location.active]
    active.sort(key=lambda level: (level.location.priority, level.location.code))
    return {
        "on_hand": sum(level.on_hand for level in active),
        "reserved": sum(level.reserved for level in active),
        "available": sum(level.available for level in active),
        "locations": [_level(level) for level in active],
    }


def _level(level: StockLevel) -> dict[str, Any]:
    return {
        "location_id": level.location_id,
        "location_code": level.location.code,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "available": level.available,
    }
