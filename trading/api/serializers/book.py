from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import QuantityField, StrictSerializer
from trading.api.serializers.fields import OrderIdField, SideField


class PriceLevelSerializer(serializers.Serializer[object]):
    price = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="What its orders have left in all.")
    orders = serializers.IntegerField(help_text="How many orders there are at this price.")


class BookSerializer(serializers.Serializer[object]):
    symbol = serializers.CharField()
    currency = serializers.CharField()
    buy = PriceLevelSerializer(many=True, help_text="Orders labelled Buy, the lowest price first.")
    sell = PriceLevelSerializer(many=True, help_text="Orders labelled Sell, the highest price first.")


class AskPriceSerializer(StrictSerializer):
    side = SideField(
        help_text="Buy walks orders labelled Buy, lowest price first; Sell those labelled Sell, highest first."
    )
    amount = QuantityField()


class AveragePriceSerializer(serializers.Serializer[object]):
    price = serializers.IntegerField(help_text="Rounded half up to a minor unit.")
    remainder = serializers.IntegerField(help_text="price × amount + remainder is the total.")
    exact = serializers.CharField(help_text="The fraction in its lowest terms: 221/11.")


class FillSerializer(serializers.Serializer[object]):
    order_id = OrderIdField(allow_null=True, help_text="The id of your own order; null for another client's.")
    source = serializers.CharField()  # type: ignore[assignment]
    amount = serializers.IntegerField()
    price = serializers.IntegerField()


class QuotedPriceSerializer(serializers.Serializer[object]):
    symbol = serializers.CharField()
    side = SideField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    total = serializers.IntegerField(help_text="Minor units.")
    average = AveragePriceSerializer()
    available = serializers.IntegerField(help_text="All that this side of the book has.")
    fills = FillSerializer(many=True, help_text="What it would take, in order; of the last one perhaps a part.")
