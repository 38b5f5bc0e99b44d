"""What other apps may read of prices: above all `price`, which says what a basket costs."""

from __future__ import annotations

import uuid

from pricing.calculation.basket import Basket, Buyer, Item, OwnDiscount, Surcharge
from pricing.calculation.calculating import Found, calculate
from pricing.calculation.charging import delivery_options
from pricing.calculation.prices import lists_for
from pricing.calculation.result import (
    Adjustment,
    CalculatedDelivery,
    CalculatedLine,
    Calculation,
    PriceReason,
    TaxTotal,
)
from pricing.calculation.rules import Rules, rules_of
from pricing.calculation.taxing import goes_nowhere
from pricing.delivery.choosing import Option, Unfit
from pricing.delivery.statuses import MethodKind
from pricing.lists.queries import prices_in
from pricing.offers.buyers import buyer_key
from pricing.offers.evaluating import Applied
from pricing.offers.queries import offers_of_codes, offers_off, uses_of

__all__ = [
    "Adjustment",
    "Applied",
    "Basket",
    "Buyer",
    "CalculatedDelivery",
    "CalculatedLine",
    "Calculation",
    "Item",
    "MethodKind",
    "Option",
    "OwnDiscount",
    "PriceReason",
    "Rules",
    "Surcharge",
    "TaxTotal",
    "Unfit",
    "buyer_key",
    "delivery_options",
    "goes_nowhere",
    "offers_off",
    "price",
    "rules_of",
]


def price(basket: Basket, mark: uuid.UUID | None) -> Calculation:
    """What a basket costs by the rules of its storefront at this mark (core.rulesets), or newer ones.

    Takes no statement where the storefront has no price list that fits and nothing was asked for by code. Raises as
    pricing.calculation.calculate.
    """
    rules = rules_of(basket.client_id, mark)
    return calculate(basket, rules, _found(basket, rules))


def _found(basket: Basket, rules: Rules) -> Found:
    lists = lists_for(basket, rules)
    variants = [item.variant_id for item in basket.items if item.unit_price is None]
    entries = prices_in([each.id for each in lists], variants) if lists and variants else {}
    asked = offers_of_codes(basket.client_id, basket.codes)
    key = buyer_key(
        basket.client_id, customer_id=basket.buyer.customer_id, email=basket.buyer.email, order_id=basket.order_id
    )
    return Found(entries, asked, uses_of([*rules.offers, *asked], key))
