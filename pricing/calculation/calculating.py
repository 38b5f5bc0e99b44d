"""The one function that decides what a basket costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pricing.calculation.basket import Basket
from pricing.calculation.charging import charge_delivery, foreseen_charge
from pricing.calculation.discounts import add_surcharges, add_to, offer_lines, take_offers, take_own_discounts
from pricing.calculation.prices import Entries, price_lines
from pricing.calculation.result import Adjustment, Calculation
from pricing.calculation.rules import Rules
from pricing.calculation.taxing import DELIVERY, tax
from pricing.offers.evaluating import OfferRule, evaluate
from pricing.offers.queries import Uses


@dataclass(frozen=True)
class Found:
    """What the database has for one basket beside the storefront's rules.

    List prices of its variants, the offers of its codes, and how often those and the others were used before.
    """

    entries: Entries
    asked: Sequence[OfferRule] = ()
    uses: Uses = field(default_factory=Uses)


def calculate(basket: Basket, rules: Rules, found: Found) -> Calculation:
    """What the basket comes to, and why; the order of steps is decision 16.

    Raises InvalidInput for a variant without a price, discounts that are too large, a delivery method that doesn't fit;
    AskFirst where a service outside says what the taxes are.
    """
    lines = price_lines(basket, rules, found.entries)
    applied, refused = evaluate(
        offer_lines(basket, lines),
        [*rules.offers, *found.asked],
        currency=basket.currency,
        at=basket.at,
        groups=basket.buyer.group_ids,
        customer_uses=found.uses.by_buyer,
        used=found.uses.by_all,
        buyer_known=basket.buyer.is_known,
        codes=basket.codes,
        delivery_charge=foreseen_charge(basket, rules, lines),
    )
    lines = take_own_discounts(take_offers(lines, applied), basket.own_discounts)
    lines = add_surcharges(lines, basket.surcharges)
    delivery = charge_delivery(basket, rules, lines, applied)
    taxes, totals = tax(basket, rules, lines, delivery)
    if delivery is not None:
        delivery = replace(delivery, adjustments=(*delivery.adjustments, *taxes.get(DELIVERY, ())))
    calculated = Calculation(
        currency=basket.currency,
        lines=add_to(lines, taxes),
        delivery=delivery,
        tax_totals=totals,
        applied=applied,
        refused=refused,
    )
    return _rounded(calculated, rules)


def _rounded(calculated: Calculation, rules: Rules) -> Calculation:
    """To what can be paid: the total to the nearest multiple of the currency's step, half up."""
    step = rules.storefront.cash_rounding.get(calculated.currency, 1)
    off = (2 * calculated.total + step) // (2 * step) * step - calculated.total
    if not off:
        return calculated
    return replace(calculated, adjustments=(Adjustment("rounding", "cash", f"Rounded to {step}", off),))
