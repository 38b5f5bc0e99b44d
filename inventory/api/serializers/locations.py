"""Locations: request bodies and responses."""

from __future__ import annotations

from typing import Any

from django_countries import countries
from rest_framework import serializers

from core.api.serializers import (
    BooleanField,
    ChoiceField,
    IdentifierField,
    IntegerField,
    StrictSerializer,
    StringField,
)
from inventory.statuses import MOST_SHOP_FLOOR_UNITS

POSTAL_CODE = "The rule nearest compares its first characters with the buyer's."
SHOP_FLOOR_UNITS = "Units of each variant that stay for its counter: what the rule reserve_for_shop_floor never sends."

LONGEST_POSTAL_CODE = 20
COUNTRIES = [(code, code) for code, _ in countries]


class LocationChangesSerializer(StrictSerializer):
    name = StringField(max_length=100)
    country = ChoiceField(COUNTRIES, allow_blank=True, required=False, help_text="ISO 3166, two letters.")
    postal_code = StringField(max_length=LONGEST_POSTAL_CODE, allow_blank=True, required=False, help_text=POSTAL_CODE)
    priority = IntegerField(
        min_value=0, max_value=32_767, required=False, help_text="Lower numbers are drawn from first."
    )
    shop_floor_units = IntegerField(
        min_value=0, max_value=MOST_SHOP_FLOOR_UNITS, required=False, help_text=SHOP_FLOOR_UNITS
    )
    active = BooleanField(required=False)


class NewLocationSerializer(LocationChangesSerializer):
    code = IdentifierField(max_length=32)


class LocationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    postal_code = serializers.CharField(help_text=POSTAL_CODE)
    priority = serializers.IntegerField(help_text="Lower numbers are drawn from first.")
    shop_floor_units = serializers.IntegerField(help_text=SHOP_FLOOR_UNITS)
    active = serializers.BooleanField(help_text="An inactive location keeps its stock but sells none of it.")
    version = serializers.IntegerField(help_text="What the ETag names.")
    created_at = serializers.DateTimeField()
