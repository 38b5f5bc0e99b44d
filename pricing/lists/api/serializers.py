"""Price lists as JSON: request bodies and responses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.serializers import (
    AmountField,
    BooleanField,
    CurrencyField,
    IdentifierField,
    IdField,
    IntegerField,
    ListField,
    QuantityField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from pricing.lists.actions import NewPrice, PriceChange
from pricing.lists.models import MAX_PRIORITY, PriceList, PriceListEntry

MAX_PRICES = 500
"""Of one request: all are set in one transaction."""
MAX_GROUPS = 50


class _TermsSerializer(StrictSerializer):
    """What all bodies of price lists may say."""

    name = StringField(max_length=100)
    prices_include_tax = BooleanField()
    priority = IntegerField(
        min_value=0, max_value=MAX_PRIORITY, required=False, help_text="Higher numbers are asked first."
    )
    group_ids = ListField(
        child=IdField(), max_length=MAX_GROUPS, required=False,
        help_text="All customer groups that it is for; none: it is for everybody.",
    )  # fmt: skip
    starts_at = TimestampField(required=False, allow_null=True)
    ends_at = TimestampField(required=False, allow_null=True, help_text="The first moment at which it holds no more.")
    active = BooleanField(required=False)


class NewPriceListSerializer(_TermsSerializer):
    code = IdentifierField(max_length=50)
    currency = CurrencyField()


class PriceListChangesSerializer(_TermsSerializer):
    """The fields of a price list that change; its code and currency stay."""


class NewListPriceSerializer(StrictSerializer):
    sku = IdentifierField(max_length=64)
    amount = AmountField(min_value=0, help_text="Of one unit, in minor units of the list's currency.")
    from_quantity = QuantityField(required=False, help_text="From so many units on; 1 unless it says otherwise.")
    compare_at = AmountField(
        min_value=1,
        required=False,
        allow_null=True,
        help_text="The former price, if one is shown: more than the amount.",
    )

    def validate(self, attrs: dict[str, Any]) -> Any:
        return NewPrice(**attrs)


class SetPricesSerializer(StrictSerializer):
    """Prices to be set; those that it doesn't name stay."""

    prices = NewListPriceSerializer(many=True, allow_empty=False, max_length=MAX_PRICES)  # type: ignore[call-arg]


class PriceListSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField(help_text="Unique at the storefront, in any letter case.")
    name = serializers.CharField()
    currency = serializers.CharField()
    prices_include_tax = serializers.BooleanField()
    priority = serializers.IntegerField(help_text="Higher numbers are asked first.")
    group_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="The customer groups that it is for; none: it is for everybody."
    )
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True, help_text="The first moment at which it holds no more.")
    active = serializers.BooleanField()
    version = serializers.IntegerField(help_text="What the ETag names. Its prices change it too.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ListPriceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    variant_id = serializers.UUIDField()
    sku = serializers.CharField()
    from_quantity = serializers.IntegerField(help_text="From so many units on.")
    amount = serializers.IntegerField(help_text="Of one unit, in minor units.")
    compare_at = serializers.IntegerField(allow_null=True, help_text="The former price, if one is shown.")
    currency = serializers.CharField()


class PriceChangeSerializer(serializers.Serializer[Any]):
    """What one request has done to the prices of a list."""

    changed = serializers.IntegerField(help_text="Prices that are new, or other than before.")
    unchanged = serializers.IntegerField(help_text="Prices that were so already.")
    version = serializers.IntegerField(help_text="The list's, which the ETag names.")


def show_price_list(price_list: PriceList) -> dict[str, Any]:
    return {
        "id": price_list.pk,
        "code": price_list.code,
        "name": price_list.name,
        "currency": price_list.currency,
        "prices_include_tax": price_list.prices_include_tax,
        "priority": price_list.priority,
        "group_ids": price_list.group_ids,
        "starts_at": price_list.starts_at,
        "ends_at": price_list.ends_at,
        "active": price_list.active,
        "version": price_list.version,
        "created_at": price_list.created_at,
        "updated_at": price_list.updated_at,
    }


def show_price(entry: PriceListEntry, currency: str) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "variant_id": entry.variant_id,
        "sku": entry.variant.sku,
        "from_quantity": entry.from_quantity,
        "amount": entry.amount,
        "compare_at": entry.compare_at,
        "currency": currency,
    }


def show_change(change: PriceChange) -> dict[str, Any]:
    return {"changed": change.changed, "unchanged": change.unchanged, "version": change.price_list.version}
