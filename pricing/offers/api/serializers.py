"""Offers and their codes as JSON: request bodies."""

from __future__ import annotations

from typing import Any

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
    PercentageField,
    QuantityField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from pricing.offers.actions import NewCode
from pricing.offers.actions.codes import LENGTH, MOST_CODES
from pricing.offers.statuses import OfferKind, OfferState

MOST_TARGETS = 500
MOST_USES = 2_000_000_000
MOST_PRIORITY = 32_767
_PERCENTAGE = "Of all that it is for; of buy X get Y of the units that are got. At most two digits after the point."


class NewOfferAmountSerializer(StrictSerializer):
    currency = CurrencyField()
    amount = AmountField(min_value=1, help_text="Minor units of the currency.")


def _amounts(help_text: str) -> Any:
    return NewOfferAmountSerializer(many=True, required=False, max_length=50, help_text=help_text)  # type: ignore[call-arg]


def _ids(help_text: str, most: int = MOST_TARGETS) -> ListField:
    return ListField(child=IdField(), max_length=most, required=False, help_text=help_text)


class OfferTermsSerializer(StrictSerializer):
    """What all bodies of offers may say."""

    percentage = PercentageField(required=False, allow_null=True, help_text=_PERCENTAGE)
    amounts = _amounts("Of an amount off: what it takes off in each currency.")
    buy_quantity = QuantityField(required=False, allow_null=True)
    get_quantity = QuantityField(required=False, allow_null=True)
    product_ids = _ids("With all their variants. Without a product or variant it is for everything.")
    variant_ids = _ids("What it is for, beside the products.")
    minimum_amounts = _amounts("What its goods must come to before any offer; in another currency it doesn't hold.")
    minimum_quantity = IntegerField(min_value=0, max_value=1_000_000, required=False)
    group_ids = _ids("Customers of these groups alone; empty for everybody.", 50)
    combinable = BooleanField(required=False)
    priority = IntegerField(min_value=0, max_value=MOST_PRIORITY, required=False, help_text="Lower ones take first.")
    total_limit = IntegerField(min_value=1, max_value=MOST_USES, required=False, allow_null=True)
    limit_per_customer = IntegerField(min_value=1, max_value=MOST_USES, required=False, allow_null=True)
    starts_at = TimestampField(required=False, allow_null=True)
    ends_at = TimestampField(required=False, allow_null=True)
    active = BooleanField(required=False)

    def validate_amounts(self, amounts: list[dict[str, Any]]) -> dict[str, int]:
        by_currency = {each["currency"]: each["amount"] for each in amounts}
        if len(by_currency) < len(amounts):
            raise serializers.ValidationError("A currency is named more than once.", code="repeated")
        return by_currency

    validate_minimum_amounts = validate_amounts


class NewOfferSerializer(OfferTermsSerializer):
    code = IdentifierField(max_length=40, help_text="For the people who work here; shoppers type one of its codes.")
    label = StringField(max_length=100, help_text="What shoppers see.")  # type: ignore[assignment]
    kind = ChoiceField(OfferKind.choices)
    automatic = BooleanField(required=False, help_text="Without a code, for every basket that it fits.")


class OfferChangesSerializer(OfferTermsSerializer):
    """The fields of an offer that change; lists replace what was there."""

    label = StringField(max_length=100)  # type: ignore[assignment]


class NewCodeSerializer(StrictSerializer):
    code = IdentifierField(
        min_length=3, max_length=40, help_text="3 to 40 of A-Z, a-z, 0-9, - and _; letter case makes no difference."
    )
    use_limit = IntegerField(min_value=1, max_value=MOST_USES, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return NewCode(**attrs)


class NewCodesSerializer(StrictSerializer):
    codes = NewCodeSerializer(many=True, min_length=1, max_length=MOST_CODES)  # type: ignore[call-arg]


class GenerateCodesSerializer(StrictSerializer):
    count = IntegerField(min_value=1, max_value=MOST_CODES)
    prefix = IdentifierField(
        max_length=40 - LENGTH, required=False, allow_blank=True, help_text="What each of them begins with."
    )
    use_limit = IntegerField(
        min_value=1, max_value=MOST_USES, required=False, allow_null=True, help_text="Of each; 1 if it isn't given."
    )


class CodeChangesSerializer(StrictSerializer):
    """The fields of a code that change."""

    use_limit = IntegerField(min_value=1, max_value=MOST_USES, allow_null=True)
    active = BooleanField()


# Responses


class OfferAmountSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = serializers.IntegerField(help_text="Minor units of the currency.")


class OfferSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(OfferKind.choices)
    automatic = serializers.BooleanField()
    state = serializers.ChoiceField(OfferState.choices, help_text="How it stands now.")
    percentage = serializers.CharField(allow_null=True, help_text=_PERCENTAGE)
    amounts = OfferAmountSerializer(many=True)
    buy_quantity = serializers.IntegerField(allow_null=True)
    get_quantity = serializers.IntegerField(allow_null=True)
    product_ids = serializers.ListField(child=serializers.UUIDField())
    variant_ids = serializers.ListField(child=serializers.UUIDField())
    minimum_amounts = OfferAmountSerializer(many=True)
    minimum_quantity = serializers.IntegerField()
    group_ids = serializers.ListField(child=serializers.UUIDField())
    combinable = serializers.BooleanField()
    priority = serializers.IntegerField()
    total_limit = serializers.IntegerField(allow_null=True)
    limit_per_customer = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField(help_text="By how many orders it is used now.")
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    active = serializers.BooleanField()
    version = serializers.IntegerField(help_text="What the ETag names. Uses don't change it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OfferCodeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    use_limit = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField(help_text="By how many orders it is used now.")
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class OfferCodesSerializer(serializers.Serializer[Any]):
    codes = OfferCodeSerializer(many=True)
