"""Delivery methods as JSON: request bodies and responses."""

from __future__ import annotations

from typing import Any

from django_countries import countries
from rest_framework import serializers

from core.api.serializers import (
    AmountField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    IdentifierField,
    IdField,
    IntegerField,
    ListField,
    StrictSerializer,
    StringField,
)
from core.money import MAX_MINOR
from pricing.delivery.actions import MOST_RATES
from pricing.delivery.choosing import RateRule
from pricing.delivery.models import HEAVIEST, LONGEST_PROMISE
from pricing.delivery.statuses import MethodKind

COUNTRIES = [(code, code) for code, _ in countries]
_LOCATION = "Where goods are picked up; null for parcels."
_TAX_CLASS = "Null: the standard class."
_PROMISE = "Days until it is there, with the other end of the range; null for no promise."
_OVER = "Grams. Parcels that weigh more; 0 is any weight, 0 too."
_UP_TO = "Grams. Parcels that weigh this or less; null has no end."
_FROM = "Minor units. Goods for this or more."
_BELOW = "Minor units. Goods for less; null has no end."
_FREE = "Goods for this or more cost nothing to deliver; null for never."
_ZONE = "ISO 3166, two letters; empty is everywhere."
_PREFIXES = "Beginnings of postcodes, spaces and dashes left out; empty is any. Of one country."
_REGION = "As addresses name it, in any letter case; empty is any. Of one country."


class DeliveryMethodChangesSerializer(StrictSerializer):
    """The fields of a delivery method that change."""

    name = StringField(max_length=100)
    location_id = IdField(required=False, allow_null=True, help_text=_LOCATION)
    tax_class_id = IdField(required=False, allow_null=True, help_text=_TAX_CLASS)
    prices_include_tax = BooleanField(required=False)
    carrier = StringField(max_length=64, required=False, allow_blank=True)
    min_days = IntegerField(min_value=0, max_value=LONGEST_PROMISE, required=False, allow_null=True, help_text=_PROMISE)
    max_days = IntegerField(min_value=0, max_value=LONGEST_PROMISE, required=False, allow_null=True, help_text=_PROMISE)
    position = IntegerField(min_value=0, max_value=32_767, required=False, help_text="Lower numbers are offered first.")
    active = BooleanField(required=False)


class NewDeliveryMethodSerializer(DeliveryMethodChangesSerializer):
    code = IdentifierField(max_length=32)
    kind = ChoiceField(MethodKind.choices)


class NewDeliveryRateSerializer(StrictSerializer):
    currency = CurrencyField()
    price = AmountField(min_value=0, help_text="Minor units of the currency.")
    countries = ListField(child=ChoiceField(COUNTRIES), max_length=250, required=False, help_text=_ZONE)
    region = StringField(max_length=100, required=False, allow_blank=True, help_text=_REGION)
    postal_prefixes = ListField(
        child=IdentifierField(max_length=20), max_length=100, required=False, help_text=_PREFIXES
    )
    weight_over = IntegerField(min_value=0, max_value=HEAVIEST, required=False, help_text=_OVER)
    weight_up_to = IntegerField(min_value=1, max_value=HEAVIEST, required=False, allow_null=True, help_text=_UP_TO)
    amount_from = AmountField(min_value=0, required=False, help_text=_FROM)
    amount_below = AmountField(min_value=1, required=False, allow_null=True, help_text=_BELOW)
    free_from = AmountField(min_value=1, required=False, allow_null=True, help_text=_FREE)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return RateRule(**attrs)


class NewDeliveryRatesSerializer(StrictSerializer):
    """All rates of a method: they replace those that it has."""

    rates = NewDeliveryRateSerializer(many=True, max_length=MOST_RATES)  # type: ignore[call-arg]


class DeliveryMethodSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField(help_text="As shoppers read it.")
    kind = serializers.ChoiceField(MethodKind.choices)
    location_id = serializers.UUIDField(allow_null=True, help_text=_LOCATION)
    location_code = serializers.CharField(allow_null=True)
    tax_class_id = serializers.UUIDField(allow_null=True, help_text=_TAX_CLASS)
    tax_class_code = serializers.CharField(allow_null=True)
    prices_include_tax = serializers.BooleanField()
    carrier = serializers.CharField()
    min_days = serializers.IntegerField(allow_null=True, help_text=_PROMISE)
    max_days = serializers.IntegerField(allow_null=True, help_text=_PROMISE)
    position = serializers.IntegerField(help_text="Lower numbers are offered first.")
    active = serializers.BooleanField(help_text="An inactive method is not offered.")
    version = serializers.IntegerField(help_text="What the ETag names. Its rates are part of it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class DeliveryRateSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    price = serializers.IntegerField(min_value=0, max_value=MAX_MINOR, help_text="Minor units of the currency.")
    countries = serializers.ListField(child=serializers.CharField(), help_text=_ZONE)
    region = serializers.CharField(help_text=_REGION)
    postal_prefixes = serializers.ListField(child=serializers.CharField(), help_text=_PREFIXES)
    weight_over = serializers.IntegerField(help_text=_OVER)
    weight_up_to = serializers.IntegerField(allow_null=True, help_text=_UP_TO)
    amount_from = serializers.IntegerField(help_text=_FROM)
    amount_below = serializers.IntegerField(allow_null=True, help_text=_BELOW)
    free_from = serializers.IntegerField(allow_null=True, help_text=_FREE)


class DeliveryRatesSerializer(serializers.Serializer[Any]):
    rates = DeliveryRateSerializer(many=True)
