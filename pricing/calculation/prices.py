"""The unit price of each line, and why it is that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from core.errors import FieldProblem, InvalidInput
from pricing.calculation.basket import Basket, Item
from pricing.calculation.result import Adjustment, CalculatedLine, PriceReason
from pricing.calculation.rules import Rules
from pricing.calculation.taxing import is_untaxed, without_home_tax
from pricing.lists.choosing import Entry, ListRule, choose, fitting

Entries = Mapping[UUID, Sequence[Entry]]
"""Variant → its prices in the lists that fit."""


def lists_for(basket: Basket, rules: Rules) -> Sequence[ListRule]:
    """The lists that may decide a price of this basket, in the order in which they are asked."""
    return fitting(rules.lists, currency=basket.currency, groups=basket.buyer.group_ids, at=basket.at)


def price_lines(basket: Basket, rules: Rules, entries: Entries) -> list[CalculatedLine]:
    """The lines with their prices, and with the discounts that were given with them.

    Raises InvalidInput for a variant without a price, and for a discount that is larger than what it is off.
    """
    lists = lists_for(basket, rules)
    units: Counter[UUID] = Counter()
    for item in basket.items:
        units[item.variant_id] += 0 if item.unit_price is not None else item.quantity
    found = {item.key: _price(item, rules, lists, entries, units[item.variant_id]) for item in basket.items}
    problems = list(_problems(basket, found))
    if problems:
        raise InvalidInput("Some lines cannot be ordered.", errors=problems)
    return [_line(item, *_as_paid(item, *found[item.key], basket, rules)) for item in basket.items]


def _price(
    item: Item, rules: Rules, lists: Sequence[ListRule], entries: Entries, units: int
) -> tuple[int | None, PriceReason]:
    includes_tax = rules.storefront.prices_include_tax and item.tax is None
    if item.unit_price is not None:
        return item.unit_price, PriceReason("given", includes_tax=includes_tax)
    listed = choose(lists, entries.get(item.variant_id, ()), units)
    if listed is None:
        return item.catalogue_price, PriceReason("catalogue", includes_tax=includes_tax)
    with_tax = listed.includes_tax and item.tax is None
    return listed.amount, PriceReason("list", listed.list_code, listed.from_quantity, listed.compare_at, with_tax)


def _problems(basket: Basket, found: Mapping[str, tuple[int | None, PriceReason]]) -> Iterator[FieldProblem]:
    for item in basket.items:
        at, price = f"/lines/{item.index}", found[item.key][0]
        if price is None:
            yield FieldProblem(f"{at}/sku", "no_price", f"{item.sku} has no price in {basket.currency}.")
        elif item.discount > price * item.quantity:
            yield FieldProblem(f"{at}/discount", "too_large", "The discount is larger than the line's amount.")


def _as_paid(
    item: Item, price: int | None, reason: PriceReason, basket: Basket, rules: Rules
) -> tuple[int, PriceReason]:
    """A price that includes a tax which this buyer doesn't pay, without it."""
    amount = price or 0
    if not reason.includes_tax or not is_untaxed(basket, rules):
        return amount, reason
    net = without_home_tax(amount, item.tax_class, basket, rules)
    return net, replace(reason, includes_tax=False, before_untaxing=amount)


def _line(item: Item, unit_price: int, reason: PriceReason) -> CalculatedLine:
    given = [Adjustment("discount", "given", "Discount", -item.discount)] if item.discount else []
    return CalculatedLine(item.key, item.quantity, unit_price, reason, given)
