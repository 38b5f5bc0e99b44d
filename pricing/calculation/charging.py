"""What it costs to bring the goods, before taxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.errors import InvalidInput
from pricing.calculation.basket import Basket
from pricing.calculation.result import Adjustment, CalculatedDelivery, CalculatedLine
from pricing.calculation.rules import Rules
from pricing.calculation.taxing import is_untaxed, without_home_tax
from pricing.delivery.choosing import Option, Unfit, options
from pricing.offers.evaluating import Applied


def delivery_options(
    basket: Basket, rules: Rules, lines: Sequence[CalculatedLine]
) -> tuple[Sequence[Option], Sequence[Unfit]]:
    """The methods that bring these lines to where they go, with their prices, and those that don't with why."""
    return options(
        rules.methods,
        currency=basket.currency,
        destination=basket.destination if basket.destination.country else rules.seller,
        weight_grams=sum(item.weight_grams * item.quantity for item in basket.items),
        amount=sum(line.total for line in lines),
    )


def charge_delivery(
    basket: Basket, rules: Rules, lines: Sequence[CalculatedLine], applied: Iterable[Applied]
) -> CalculatedDelivery | None:
    """The charge of the chosen method, or the one that is given. Raises InvalidInput for a method that doesn't fit."""
    charge = _given(basket, rules) if basket.delivery_charge is not None else _chosen(basket, rules, lines)
    if charge is None:
        return None
    charge = _as_paid(charge, basket, rules)
    free = next((offer for offer in applied if offer.free_delivery), None)
    if free is None or not charge.price or basket.delivery_charge is not None:
        return charge
    off = Adjustment("discount", free.code, free.label, -charge.price, offer_id=free.offer_id)
    return replace(charge, adjustments=(off,))


def foreseen_charge(basket: Basket, rules: Rules, lines: Sequence[CalculatedLine]) -> int:
    """What delivery would cost before offers: what one that makes it free is worth. 0 where nothing is chosen."""
    if basket.delivery_charge is not None or not basket.delivery:
        return 0
    fit, _ = delivery_options(basket, rules, lines)
    return next((option.price for option in fit if option.code == basket.delivery), 0)


def _given(basket: Basket, rules: Rules) -> CalculatedDelivery | None:
    if not basket.delivery_charge:
        return None
    taxed = all(item.tax is None for item in basket.items)
    includes_tax = rules.storefront.prices_include_tax and taxed
    return CalculatedDelivery(
        method="", name="Delivery", kind="parcel", price=basket.delivery_charge, includes_tax=includes_tax
    )


def _chosen(basket: Basket, rules: Rules, lines: Sequence[CalculatedLine]) -> CalculatedDelivery | None:
    if not basket.delivery:
        return None
    fit, unfit = delivery_options(basket, rules, lines)
    option = next((each for each in fit if each.code == basket.delivery), None)
    if option is None:
        why = next((each.why for each in unfit if each.code == basket.delivery), "The storefront has no such method.")
        raise InvalidInput.at("/delivery_method", "delivery_method_unfit", why)
    return CalculatedDelivery(
        method=option.code,
        name=option.name,
        kind=option.kind,
        price=option.price,
        location_id=option.location_id,
        tax_class=option.tax_class,
        includes_tax=option.includes_tax,
    )


def _as_paid(charge: CalculatedDelivery, basket: Basket, rules: Rules) -> CalculatedDelivery:
    if not charge.includes_tax or not is_untaxed(basket, rules):
        return charge
    net = without_home_tax(charge.price, charge.tax_class, basket, rules)
    return replace(charge, price=net, includes_tax=False)
