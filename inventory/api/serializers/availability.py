"""What there is of a variant, in all and at each location: responses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


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
