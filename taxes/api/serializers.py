"""Tax classes, countries and rates as JSON: request bodies and responses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.serializers import ChoiceField, DateField, FractionField, IdentifierField, StrictSerializer, StringField
from taxes.api.filters import COUNTRIES
from taxes.models import TaxClass, TaxCountry, TaxRate
from taxes.statuses import TaxRounding

_FRACTION = "A fraction from 0 to 1: 0.19 is 19 %."
_LAST_DAY = "The last day; null: it doesn't end."


class TaxClassChangesSerializer(StrictSerializer):
    """The fields of a tax class that change."""

    name = StringField(max_length=100)


class NewTaxClassSerializer(TaxClassChangesSerializer):
    code = IdentifierField(max_length=32)


class TaxCountryChangesSerializer(StrictSerializer):
    """The fields of a country's rules that change."""

    rounding = ChoiceField(TaxRounding.choices, help_text="Where taxes are rounded, half up.")


class NewTaxCountrySerializer(StrictSerializer):
    country = ChoiceField(COUNTRIES, help_text="ISO 3166, two letters.")
    rounding = ChoiceField(TaxRounding.choices, required=False, help_text="Where taxes are rounded, half up.")


class TaxRateChangesSerializer(StrictSerializer):
    """The fields of a rate that change, as long as it has not begun."""

    region = IdentifierField(
        max_length=100, required=False, allow_blank=True, help_text="As addresses say it. Empty: all of the country."
    )
    postal_prefix = IdentifierField(
        max_length=12, required=False, allow_blank=True, help_text="How its postal codes begin. Empty: any."
    )
    tax_class_code = IdentifierField(max_length=32)
    name = StringField(max_length=60, help_text="As invoices show it. Taxes of several names add up.")
    rate = FractionField(help_text=_FRACTION)
    valid_from = DateField()
    valid_until = DateField(required=False, allow_null=True, help_text=_LAST_DAY)


class NewTaxRateSerializer(TaxRateChangesSerializer):
    """Of one name the most specific place decides: the longest postal prefix, then the region, then the country."""

    country = ChoiceField(COUNTRIES, help_text="ISO 3166, two letters.")


class EndTaxRateSerializer(StrictSerializer):
    valid_until = DateField(help_text="The last day, at the earliest yesterday.")


class TaxClassSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField(help_text='Goods that name no class are of the one whose code is "standard".')
    name = serializers.CharField()
    version = serializers.IntegerField(help_text="What the ETag names.")
    created_at = serializers.DateTimeField()


class TaxCountrySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    country = serializers.CharField(help_text="ISO 3166, two letters.")
    rounding = serializers.ChoiceField(TaxRounding.choices, help_text="Where taxes are rounded, half up.")
    version = serializers.IntegerField(help_text="What the ETag names. The rates have versions of their own.")
    created_at = serializers.DateTimeField()


class TaxRateSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    country = serializers.CharField(help_text="ISO 3166, two letters.")
    region = serializers.CharField()
    postal_prefix = serializers.CharField()
    tax_class_id = serializers.UUIDField()
    tax_class_code = serializers.CharField()
    name = serializers.CharField()
    rate = serializers.DecimalField(max_digits=7, decimal_places=6, help_text=_FRACTION)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True, help_text=_LAST_DAY)
    version = serializers.IntegerField(help_text="What the ETag names.")
    created_at = serializers.DateTimeField()


def show_class(row: TaxClass) -> dict[str, Any]:
    return {
        "id": row.pk,
        "code": row.code,
        "name": row.name,
        "version": row.version,
        "created_at": row.created_at,
    }


def show_country(row: TaxCountry) -> dict[str, Any]:
    return {
        "id": row.pk,
        "country": str(row.country),
        "rounding": row.rounding,
        "version": row.version,
        "created_at": row.created_at,
    }


def show_rate(rate: TaxRate) -> dict[str, Any]:
    """Of a rate with its class. `rate` is written without zeros at its end."""
    return {
        "id": rate.pk,
        "country": str(rate.country),
        "region": rate.region,
        "postal_prefix": rate.postal_prefix,
        "tax_class_id": rate.tax_class_id,
        "tax_class_code": rate.tax_class.code,
        "name": rate.name,
        "rate": f"{rate.rate.normalize():f}",
        "valid_from": rate.valid_from,
        "valid_until": rate.valid_until,
        "version": rate.version,
        "created_at": rate.created_at,
    }
