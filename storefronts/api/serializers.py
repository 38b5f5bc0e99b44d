"""How a storefront sells as JSON: the body that changes it, and the response."""

from __future__ import annotations

from typing import Any

from django_countries import countries
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import (
    BlockField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    EmailField,
    IdentifierField,
    IntegerField,
    ListField,
    MapField,
    StrictSerializer,
    StringField,
)
from storefronts.actions import LARGEST_STEP
from storefronts.meanings import MEANINGS
from storefronts.models import (
    LANGUAGES,
    LONGEST_LETTERHEAD,
    LONGEST_PREFIX,
    LONGEST_SELLER,
    LONGEST_TEXT,
    LONGEST_WRITTEN,
    MOST_DAYS_TO_PAY,
    MOST_HOLD_MINUTES,
    MOST_RETURN_DAYS,
    Storefront,
)
from storefronts.sourcing import RULES
from storefronts.versions import SETTINGS
from storefronts.zones import time_zones

COUNTRIES = [(code, code) for code, _ in countries]


def _told(name: str, **options: Any) -> dict[str, Any]:
    """The options of a field that may be left out, with what the setting does."""
    return {"required": False, "help_text": MEANINGS[name].help, **options}


@extend_schema_field({"type": "string", "example": "Europe/Berlin"})
class TimeZoneField(ChoiceField):
    """A time zone's name (IANA): "Europe/Berlin". There are some hundred, which change every few months."""

    default_error_messages = {"invalid_choice": "There is no such time zone. Name one as Europe/London is named."}

    def __init__(self, **options: Any) -> None:
        super().__init__(time_zones(), **options)


class ParametersSerializer(StrictSerializer):
    """No rule takes any yet."""


class SourcingRuleSerializer(StrictSerializer):
    rule = ChoiceField(RULES)
    parameters = ParametersSerializer(required=False)


class ShownSourcingRuleSerializer(serializers.Serializer[Any]):
    """A rule as the settings have it."""

    rule = serializers.CharField()
    parameters = serializers.DictField(required=False)


class StorefrontChangesSerializer(StrictSerializer):
    """The settings of a storefront that change. Lists and maps are replaced whole."""

    time_zone = TimeZoneField(**_told("time_zone", allow_blank=True))
    country = ChoiceField(COUNTRIES, **_told("country", allow_blank=True))
    region = StringField(**_told("region", max_length=100, allow_blank=True))
    currencies = ListField(child=CurrencyField(), **_told("currencies", max_length=200))
    countries = ListField(child=ChoiceField(COUNTRIES), **_told("countries", max_length=300))
    prices_include_tax = BooleanField(**_told("prices_include_tax"))
    cash_rounding = MapField(
        child=IntegerField(min_value=1, max_value=LARGEST_STEP), max_name=3, **_told("cash_rounding", max_length=200)
    )
    tax_provider = IdentifierField(**_told("tax_provider", max_length=40))
    terms = BlockField(**_told("terms", max_length=LONGEST_TEXT, allow_blank=True))
    terms_url = IdentifierField(**_told("terms_url", max_length=500, allow_blank=True))
    mail_from = EmailField(**_told("mail_from", allow_blank=True))
    mail_name = StringField(**_told("mail_name", max_length=100, allow_blank=True))
    reply_to = EmailField(**_told("reply_to", allow_blank=True))
    return_days = IntegerField(**_told("return_days", min_value=0, max_value=MOST_RETURN_DAYS, allow_null=True))
    return_policy = BlockField(**_told("return_policy", max_length=LONGEST_TEXT, allow_blank=True))
    hold_minutes = IntegerField(**_told("hold_minutes", min_value=1, max_value=MOST_HOLD_MINUTES, allow_null=True))
    number_prefix = IdentifierField(**_told("number_prefix", max_length=LONGEST_PREFIX, allow_blank=True))
    release_on_authorised = BooleanField(**_told("release_on_authorised"))
    days_to_pay = IntegerField(**_told("days_to_pay", min_value=0, max_value=MOST_DAYS_TO_PAY, allow_null=True))
    on_account_needs_credit = BooleanField(**_told("on_account_needs_credit"))
    language = ChoiceField(list(LANGUAGES.items()), **_told("language", allow_blank=True))
    letterhead = BlockField(**_told("letterhead", max_length=LONGEST_LETTERHEAD, allow_blank=True))
    e_invoice = BooleanField(**_told("e_invoice"))
    legal_name = StringField(**_told("legal_name", max_length=LONGEST_SELLER, allow_blank=True))
    vat_id = StringField(**_told("vat_id", max_length=LONGEST_WRITTEN, allow_blank=True))
    street = StringField(**_told("street", max_length=LONGEST_SELLER, allow_blank=True))
    postal_code = StringField(**_told("postal_code", max_length=20, allow_blank=True))
    city = StringField(**_told("city", max_length=100, allow_blank=True))
    iban = StringField(**_told("iban", max_length=LONGEST_WRITTEN, allow_blank=True))
    sourcing = ListField(child=SourcingRuleSerializer(), **_told("sourcing", max_length=len(RULES)))


class StorefrontSerializer(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    name = serializers.CharField()
    time_zone = serializers.CharField(help_text=MEANINGS["time_zone"].help)
    country = serializers.CharField(help_text=MEANINGS["country"].help)
    region = serializers.CharField(help_text=MEANINGS["region"].help)
    currencies = serializers.ListField(child=serializers.CharField(), help_text=MEANINGS["currencies"].help)
    countries = serializers.ListField(child=serializers.CharField(), help_text=MEANINGS["countries"].help)
    prices_include_tax = serializers.BooleanField(help_text=MEANINGS["prices_include_tax"].help)
    cash_rounding = serializers.DictField(child=serializers.IntegerField(), help_text=MEANINGS["cash_rounding"].help)
    tax_provider = serializers.CharField(help_text=MEANINGS["tax_provider"].help)
    terms = serializers.CharField(help_text=MEANINGS["terms"].help)
    terms_url = serializers.CharField(help_text=MEANINGS["terms_url"].help)
    mail_from = serializers.CharField(help_text=MEANINGS["mail_from"].help)
    mail_name = serializers.CharField(help_text=MEANINGS["mail_name"].help)
    reply_to = serializers.CharField(help_text=MEANINGS["reply_to"].help)
    return_days = serializers.IntegerField(allow_null=True, help_text=MEANINGS["return_days"].help)
    return_policy = serializers.CharField(help_text=MEANINGS["return_policy"].help)
    hold_minutes = serializers.IntegerField(allow_null=True, help_text=MEANINGS["hold_minutes"].help)
    number_prefix = serializers.CharField(help_text=MEANINGS["number_prefix"].help)
    release_on_authorised = serializers.BooleanField(help_text=MEANINGS["release_on_authorised"].help)
    days_to_pay = serializers.IntegerField(allow_null=True, help_text=MEANINGS["days_to_pay"].help)
    on_account_needs_credit = serializers.BooleanField(help_text=MEANINGS["on_account_needs_credit"].help)
    language = serializers.CharField(help_text=MEANINGS["language"].help)
    letterhead = serializers.CharField(help_text=MEANINGS["letterhead"].help)
    e_invoice = serializers.BooleanField(help_text=MEANINGS["e_invoice"].help)
    legal_name = serializers.CharField(help_text=MEANINGS["legal_name"].help)
    vat_id = serializers.CharField(help_text=MEANINGS["vat_id"].help)
    street = serializers.CharField(help_text=MEANINGS["street"].help)
    postal_code = serializers.CharField(help_text=MEANINGS["postal_code"].help)
    city = serializers.CharField(help_text=MEANINGS["city"].help)
    iban = serializers.CharField(help_text=MEANINGS["iban"].help)
    sourcing = ShownSourcingRuleSerializer(many=True, help_text=MEANINGS["sourcing"].help)
    version = serializers.IntegerField(help_text="What the ETag names; 0 before the first change.")


def show_storefront(storefront: Storefront) -> dict[str, Any]:
    settings = storefront.settings
    shown = {name: getattr(settings, name) for name in SETTINGS}
    return {"client_id": storefront.pk, "name": storefront.name, **shown, "version": settings.version}
