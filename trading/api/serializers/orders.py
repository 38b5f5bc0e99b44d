from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import QuantityField, StrictSerializer, StringField
from trading.api.serializers.fields import OrderIdField, PriceField, SideField, SymbolField
from trading.statuses import BookOrderStatus


class NewBookOrderSerializer(StrictSerializer):
    id = OrderIdField(help_text='Yours, for ever: adding the same again changes nothing. 7 and "7" are the same id.')
    symbol = SymbolField()
    side = SideField()
    amount = QuantityField()
    price = PriceField(help_text="Of one unit, in minor units of the symbol's currency.")
    source = StringField(max_length=64, required=False, allow_blank=True, help_text="Whose offer it is.")  # type: ignore[assignment]


class BookOrderChangesSerializer(StrictSerializer):
    amount = QuantityField(required=False, help_text="What is to be left of it. A smaller amount keeps its place.")
    price = PriceField(required=False, help_text="A new price sends it to the end of the queue at that price.")


class BookOrderSerializer(serializers.Serializer[object]):
    id = OrderIdField()
    symbol = serializers.CharField()
    side = SideField()
    amount = serializers.IntegerField(help_text="What is left of it.")
    price = serializers.IntegerField()
    currency = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(BookOrderStatus.choices)
    filled = serializers.IntegerField(help_text="What trades have taken of it.")
    entered_amount = serializers.IntegerField()
    entered_price = serializers.IntegerField()
    import_id = serializers.UUIDField(allow_null=True, help_text="The import that it came with.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True, help_text="When it left the book.")


class BookEventSerializer(serializers.Serializer[object]):
    sequence = serializers.IntegerField(help_text="Gap-free.")
    type = serializers.CharField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="Kind and id: client:ID, staff:ID or system:JOB.")
    request_id = serializers.CharField()
    data = serializers.DictField(help_text="`changes` has field → [before, after].")  # type: ignore[assignment]
