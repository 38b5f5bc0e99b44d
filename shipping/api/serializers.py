"""Request bodies and responses of the shipment routes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.serializers import (
    BlockField,
    BooleanField,
    DateField,
    IdentifierField,
    IdField,
    QuantityField,
    StrictSerializer,
    StringField,
)
from shipping.statuses import ShipmentStatus

MAX_LINES = 500
"""As many as an order has."""


class ShipmentChangesSerializer(StrictSerializer):
    carrier = StringField(max_length=100, allow_blank=True, required=False)
    tracking_number = IdentifierField(max_length=100, allow_blank=True, required=False)
    estimated_delivery = DateField(allow_null=True, required=False)
    notes = BlockField(max_length=2000, allow_blank=True, required=False)


class DispatchShipmentSerializer(StrictSerializer):
    """A field that is left out keeps the shipment's value."""

    carrier = StringField(max_length=100, required=False)
    tracking_number = IdentifierField(max_length=100, required=False)
    estimated_delivery = DateField(required=False)
    notes = BlockField(max_length=2000, required=False)


class MarkFailedSerializer(StrictSerializer):
    reason = StringField(max_length=200)


class ReturnToSenderSerializer(StrictSerializer):
    """`restock`: whether the units are fit for sale; if not, they are scrapped."""

    restock = BooleanField()


class CancelShipmentSerializer(StrictSerializer):
    reason = StringField(max_length=200, required=False)


class SplitLineSerializer(StrictSerializer):
    """Units of one order line."""

    line_id = IdField()
    quantity = QuantityField()


class SplitShipmentSerializer(StrictSerializer):
    lines = SplitLineSerializer(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({each["line_id"] for each in lines}) < len(lines):
            raise serializers.ValidationError("Each order line is named once.", code="duplicate")
        return lines


class ShipmentLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.UUIDField(help_text="The order line.")
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()


class ShipmentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    order_id = serializers.UUIDField()
    sequence = serializers.IntegerField(help_text="1 for the order's first shipment.")
    status = serializers.ChoiceField(ShipmentStatus.choices)
    location_id = serializers.UUIDField()
    location_code = serializers.CharField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    estimated_delivery = serializers.DateField(allow_null=True)
    address = serializers.DictField(
        child=StringField(), help_text="Where it was sent; until it is dispatched, the order's shipping address."
    )
    notes = serializers.CharField()
    failure_reason = serializers.CharField()
    lines = ShipmentLineSerializer(many=True)
    created_at = serializers.DateTimeField()
    packed_at = serializers.DateTimeField(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class OpenedShipmentsSerializer(serializers.Serializer[Any]):
    results = ShipmentSerializer(many=True)
