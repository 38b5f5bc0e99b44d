"""Sourcing plans: the request's body and the response."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import (
    ChoiceField,
    IdentifierField,
    IdField,
    IntegerField,
    ListField,
    QuantityField,
    StrictSerializer,
    StringField,
)
from inventory.api.serializers.locations import COUNTRIES, LONGEST_POSTAL_CODE
from inventory.api.serializers.stock import MAX_ITEMS
from inventory.sourcing.explaining import REASONS
from storefronts.queries import SOURCING_RULES


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": [*SOURCING_RULES]},
        "maxItems": len(SOURCING_RULES),
        "uniqueItems": True,
    }
)
class RulesField(ListField):
    """Names of rules of sourcing, the first first, each once."""

    default_error_messages = {"rule_twice": "Each rule is named once."}

    def __init__(self, **options: Any) -> None:
        super().__init__(child=ChoiceField(SOURCING_RULES), max_length=len(SOURCING_RULES), **options)

    def to_internal_value(self, data: Any) -> Any:
        rules = super().to_internal_value(data)
        if len(set(rules)) < len(rules):
            self.fail("rule_twice")
        return rules


class WantedItemSerializer(StrictSerializer):
    sku = IdentifierField(max_length=64)
    quantity = QuantityField()


class DestinationSerializer(StrictSerializer):
    """Where the goods go, as far as it is known."""

    country = ChoiceField(COUNTRIES, required=False, allow_blank=True, help_text="ISO 3166, two letters.")
    postal_code = StringField(max_length=LONGEST_POSTAL_CODE, required=False, allow_blank=True)


class NewSourcingPlanSerializer(StrictSerializer):
    client_id = IdField(
        required=False, help_text="The storefront whose rules hold; clients that work for all of them may name one."
    )
    items = WantedItemSerializer(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    destination = DestinationSerializer(required=False)
    rules = RulesField(required=False, help_text="Instead of the storefront's own.")


class PlannedUnitsSerializer(StrictSerializer):
    variant_id = IdField()
    sku = StringField()
    quantity = IntegerField()


class PlannedParcelSerializer(StrictSerializer):
    location_id = IdField()
    location_code = StringField()
    units = PlannedUnitsSerializer(many=True)


class PassedOverSerializer(StrictSerializer):
    location_id = IdField()
    location_code = StringField()
    reason = ChoiceField([(each, each) for each in REASONS], help_text="A word for machines.")
    detail = StringField(help_text="A sentence for people.")


class PlanSerializer(StrictSerializer):
    why = StringField(help_text="What it comes to, and by which rules.")
    parcels = PlannedParcelSerializer(many=True, help_text="One a location.")
    short = PlannedUnitsSerializer(many=True, help_text="Units that no location would send.")
    passed_over = PassedOverSerializer(many=True, help_text="The other locations, each with why it sends nothing.")
    passed_over_omitted = IntegerField(help_text="How many more were passed over.")


class SourcingPlansSerializer(StrictSerializer):
    rules = serializers.ListField(child=ChoiceField(SOURCING_RULES), help_text="Those that it was planned by.")
    plans = PlanSerializer(many=True, help_text="The best first. An order would be reserved by that one.")
