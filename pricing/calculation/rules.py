"""The rules of one storefront, as a process remembers them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import storefronts.queries
import taxes.queries
from core.rulesets import Remembered
from pricing.calculation.basket import Basket
from pricing.delivery.choosing import MethodRule
from pricing.delivery.queries import method_rules
from pricing.lists.choosing import ListRule
from pricing.lists.queries import list_rules
from pricing.offers.evaluating import OfferRule
from pricing.offers.queries import automatic_offers
from storefronts.queries import StorefrontRules
from taxes.queries import TABLE, Destination, OutsideTaxes, TaxProvider, TaxTable

RULESET = "prices"
"""Whose mark tells whether they changed."""


@dataclass(frozen=True)
class Rules:
    storefront: StorefrontRules
    lists: Sequence[ListRule]
    offers: Sequence[OfferRule]
    methods: Sequence[MethodRule]
    taxes: TaxTable

    @property
    def seller(self) -> Destination:
        """Where the storefront is."""
        return Destination(self.storefront.country, self.storefront.region)

    def pickup_of(self, basket: Basket) -> MethodRule | None:
        """The method by which the goods are fetched, if they are."""
        if basket.delivery_charge is not None:
            return None
        chosen = (method for method in self.methods if method.code == basket.delivery)
        return next((method for method in chosen if method.kind == "pickup"), None)

    @property
    def tax_provider(self) -> TaxProvider:
        """Who says what the taxes are. Whether somebody is taxed at all is always the table's to say."""
        name = self.storefront.tax_provider
        return self.taxes if name == TABLE else OutsideTaxes(name)


def _load(client_id: uuid.UUID) -> Rules:
    return Rules(
        storefronts.queries.settings_of(client_id),
        list_rules(client_id),
        automatic_offers(client_id),
        method_rules(client_id),
        taxes.queries.tax_table(),
    )


_remembered = Remembered(_load)


def rules_of(client_id: uuid.UUID, mark: uuid.UUID | None) -> Rules:
    """The rules of a storefront at this mark, or newer ones: see core.rulesets."""
    return _remembered.of(client_id, mark)
