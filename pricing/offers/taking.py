"""What each kind of offer takes off lines. Amounts are minor units; every part is exact, and they sum to the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from core.money import allot, share
from pricing.offers.rules import OfferLine, OfferRule
from pricing.offers.statuses import OfferKind

Left = Mapping[str, int]
"""What offers before have left of each line."""


def take(rule: OfferRule, lines: Sequence[OfferLine], left: Left, currency: str) -> dict[str, int]:
    """What the offer takes off the lines that it is for, which come in an order of their own; no line at nothing.

    Never more than is left of a line.
    """
    parts = _TAKING[rule.kind](rule, lines, left, currency)
    return {key: part for key, part in parts.items() if part}


def _percentage(rule: OfferRule, lines: Sequence[OfferLine], left: Left, _: str) -> dict[str, int]:
    return _part_of({line.key: left[line.key] for line in lines}, rule)


def _amount(rule: OfferRule, lines: Sequence[OfferLine], left: Left, currency: str) -> dict[str, int]:
    whole = {line.key: left[line.key] for line in lines}
    return _allotted(min(rule.amounts[currency], sum(whole.values())), whole)


def _buy_x_get_y(rule: OfferRule, lines: Sequence[OfferLine], left: Left, _: str) -> dict[str, int]:
    """Of every X + Y units the Y cheapest; units of one line share exactly what is left of it."""
    units = sum(line.quantity for line in lines)
    free = units // (rule.buy_quantity + rule.get_quantity) * rule.get_quantity
    got: dict[str, int] = {}
    for line in sorted(lines, key=lambda line: Fraction(left[line.key], line.quantity)):
        count = min(free, line.quantity)
        got[line.key] = share(left[line.key], line.quantity, line.quantity - count, line.quantity)
        free -= count
    return _part_of(got, rule)


def _nothing(_: OfferRule, __: Sequence[OfferLine], ___: Left, ____: str) -> dict[str, int]:
    return {}


_TAKING: Mapping[OfferKind, Callable[[OfferRule, Sequence[OfferLine], Left, str], dict[str, int]]] = {
    OfferKind.PERCENTAGE: _percentage,
    OfferKind.AMOUNT: _amount,
    OfferKind.BUY_X_GET_Y: _buy_x_get_y,
    OfferKind.FREE_DELIVERY: _nothing,
}


def _part_of(whole: Mapping[str, int], rule: OfferRule) -> dict[str, int]:
    """The percentage of the sum, rounded once, half up."""
    exact = Fraction(rule.percentage or 0) * sum(whole.values()) / 100
    return _allotted(int(exact + Fraction(1, 2)), whole)


def _allotted(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    return dict(zip(weights, allot(total, list(weights.values())), strict=True)) if weights else {}
