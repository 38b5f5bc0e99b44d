from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import (
    AmountField,
    IdentifierField,
    IdField,
    QuantityField,
    StrictSerializer,
)
from trading.api.serializers.book import AveragePriceSerializer, FillSerializer
from trading.api.serializers.fields import SideField


class NewTradeSerializer(StrictSerializer):
    side = SideField()
    amount = QuantityField()
    client_ref = IdentifierField(
        max_length=100, help_text="Yours, for ever: placing the same again gives the first trade."
    )
    limit_total = AmountField(required=False, min_value=0, help_text="The most it may come to, in minor units.")
    customer_id = IdField(required=False, help_text="Settle it as this customer's order. Needs the scope orders:write.")


class TradeSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    client_ref = serializers.CharField()
    symbol = serializers.CharField()
    side = SideField()
    amount = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Minor units.")
    currency = serializers.CharField()
    average = AveragePriceSerializer()
    limit_total = serializers.IntegerField(allow_null=True)
    customer_id = serializers.UUIDField(allow_null=True)
    order_id = serializers.UUIDField(allow_null=True, help_text="The customer's order that settled it.")
    sequence = serializers.IntegerField(help_text="Grows with every trade of the symbol.")
    created_at = serializers.DateTimeField()
    fills = FillSerializer(many=True, required=False, help_text="Of one trade always; in lists with expand=fills.")
