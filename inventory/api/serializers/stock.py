"""Stock levels, movements, and what a warehouse does to them: request bodies and responses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.serializers import (
    MAX_QUANTITY,
    ActorSerializer,
    IdentifierField,
    IdField,
    IntegerField,
    QuantityField,
    StrictSerializer,
    StringField,
)
from inventory.api.serializers.availability import LocationAvailabilitySerializer
from inventory.statuses import MovementKind

MAX_ITEMS = 200
"""Of one request: each is a movement, all in one transaction."""


class StockItemSerializer(StrictSerializer):
    sku = IdentifierField(max_length=64)
    location_id = IdField()
    quantity = QuantityField()


class ReceiveStockSerializer(StrictSerializer):
    items = StockItemSerializer(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    note = StringField(max_length=200, required=False, allow_blank=True)


class ScrapStockSerializer(ReceiveStockSerializer):
    pass


class TransferItemSerializer(StrictSerializer):
    sku = IdentifierField(max_length=64)
    from_location_id = IdField(help_text="The location that the units leave.")
    to_location_id = IdField(help_text="The location that gets them.")
    quantity = QuantityField()


class TransferStockSerializer(StrictSerializer):
    items = TransferItemSerializer(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    note = StringField(max_length=200, required=False, allow_blank=True)


class AdjustStockSerializer(StrictSerializer):
    """Either `to`, what was counted, or `change`."""

    sku = IdentifierField(max_length=64)
    location_id = IdField()
    to = IntegerField(min_value=0, max_value=10**9, required=False, help_text="The units that there are.")
    on_hand = IntegerField(
        min_value=0, required=False, help_text="What was on hand when it was counted: refused (412) if it has changed."
    )
    change = IntegerField(
        min_value=-MAX_QUANTITY, max_value=MAX_QUANTITY, required=False, help_text="Units more, or fewer if negative."
    )
    note = StringField(max_length=200, help_text="Why.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("to" in attrs) == ("change" in attrs):
            raise serializers.ValidationError("Give either `to` or `change`.", code="one_of")
        return attrs


class StockLevelSerializer(LocationAvailabilitySerializer):
    variant_id = serializers.UUIDField()
    sku = serializers.CharField()


class StockMovementSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(MovementKind.choices)
    variant_id = serializers.UUIDField()
    sku = serializers.CharField()
    location_id = serializers.UUIDField()
    location_code = serializers.CharField()
    on_hand = serializers.IntegerField(help_text="Change of the units on hand.")
    reserved = serializers.IntegerField(help_text="Change of the units reserved.")
    order_id = serializers.UUIDField(allow_null=True)
    line_id = serializers.UUIDField(allow_null=True)
    actor = ActorSerializer()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class StockChangeSerializer(serializers.Serializer[Any]):
    """What one request has done to stock."""

    movements = StockMovementSerializer(many=True)
