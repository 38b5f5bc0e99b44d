"""Locations: request bodies and responses."""

from __future__ import annotations

from typing import Any

from django_countries import countries
from rest_framework import serializers

from core.api.serializers import BooleanField, ChoiceField, IntegerField, StrictSerializer, StringField

_COUNTRIES = [(code, code) for code, _ in countries]


class LocationChangesSerializer(StrictSerializer):
    name = StringField(max_length=100)
    country = ChoiceField(_COUNTRIES, allow_blank=True, required=False, help_text="ISO 3166, two letters.")
    priority = IntegerField(
        min_value=0, max_value=32_767, required=False, help_text="Lower numbers are drawn from first."
    )
    active = BooleanField(required=False)


class NewLocationSerializer(LocationChangesSerializer):
    code = StringField(max_length=32)


class LocationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    priority = serializers.IntegerField(help_text="Lower numbers are drawn from first.")
    active = serializers.BooleanField(help_text="An inactive location keeps its stock but sells none of it.")
    version = serializers.IntegerField(help_text="What the ETag names.")
    created_at = serializers.DateTimeField()
