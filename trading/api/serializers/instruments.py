from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import (
    CurrencyField,
    IdentifierField,
    StrictSerializer,
)
from trading.api.serializers.fields import SymbolField

_SKU = "What a settled trade orders; empty when trades of it aren't settled."


class NewInstrumentSerializer(StrictSerializer):
    symbol = SymbolField()
    currency = CurrencyField()
    sku = IdentifierField(max_length=64, required=False, allow_blank=True, help_text=_SKU)


class InstrumentChangesSerializer(StrictSerializer):
    currency = CurrencyField(required=False, help_text="Fixed once the book has orders.")
    sku = IdentifierField(max_length=64, required=False, allow_blank=True, help_text=_SKU)


class InstrumentSerializer(serializers.Serializer[object]):
    symbol = serializers.CharField()
    currency = serializers.CharField()
    sku = serializers.CharField(help_text=_SKU)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
