"""Which offers a basket has, what they take off, and why the others give nothing. Pure.

The same for lines and codes in any order, but for which of two lines of the same variant a remainder goes to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.text import fold
from pricing.offers.conditions import Shopper, Why, why_not
from pricing.offers.rules import Applied, OfferLine, OfferRule, Refused
from pricing.offers.statuses import OfferKind
from pricing.offers.taking import take

__all__ = ["Applied", "OfferLine", "OfferRule", "Refused", "evaluate"]

WORTH_TELLING = {"minimum_amount", "minimum_quantity", "not_combinable"}
"""Why an automatic offer gives nothing, where the shopper can do something about it or is better off."""

NOTHING_LEFT: Why = ("nothing_left", "There is nothing left that this offer could take off.")


def evaluate(
    lines: Sequence[OfferLine],
    rules: Iterable[OfferRule],
    *,
    currency: str,
    at: dt.datetime,
    groups: Collection[UUID] = (),
    customer_uses: Mapping[UUID, int] | None = None,
    codes: Sequence[str] = (),
    used: Mapping[UUID, int] | None = None,
    buyer_known: bool = True,
    delivery_charge: int = 0,
) -> tuple[Sequence[Applied], Sequence[Refused]]:
    """`rules` are the automatic offers and those of the `codes`, each once per code that it was asked for by.

    `customer_uses` and `used` are how often the buyer, and all together, used an offer before; `delivery_charge` is
    what free delivery is worth where one offer has to be chosen.
    """
    shopper = Shopper(currency, at, groups, customer_uses or {}, used or {}, buyer_known)
    basket = _Basket(sorted(lines, key=lambda line: (str(line.variant_id), line.key)), currency, delivery_charge)
    asked = _asked(rules, codes)
    once, twice = _once_each(asked, basket, shopper)
    fitting, unfit = _fitting(once, basket, shopper)
    best = _best(fitting, basket)
    found = [*twice, *unfit, *_beaten(fitting, best)]
    refused = [*(_refusal(rule, why) for rule, why in found if _is_told(rule, why)), *_unknown(asked, codes)]
    return best.applied, sorted(refused, key=lambda each: (fold(each.code), each.reason))


@dataclass(frozen=True)
class _Basket:
    lines: Sequence[OfferLine]
    currency: str
    delivery_charge: int

    def lines_of(self, rule: OfferRule) -> list[OfferLine]:
        return [line for line in self.lines if rule.is_for(line)]


@dataclass(frozen=True)
class _Choice:
    """Offers that are had together, in the order in which they take, and what they come to."""

    rules: Sequence[OfferRule]
    applied: Sequence[Applied]
    idle: Sequence[OfferRule]
    worth: int

    @property
    def standing(self) -> tuple[bool, int, tuple[int, str]]:
        """The smallest is the best for the shopper; ties go by rank."""
        return not self.applied, -self.worth, min((rule.rank for rule in self.rules), default=(0, ""))


_Found = tuple[OfferRule, Why]


def _asked(rules: Iterable[OfferRule], codes: Sequence[str]) -> list[OfferRule]:
    wanted = {fold(code) for code in codes}
    asked = [rule for rule in rules if not rule.asked_by or fold(rule.asked_by) in wanted]
    return sorted(asked, key=lambda rule: (*rule.rank, fold(rule.asked_by)))


def _once_each(asked: Sequence[OfferRule], basket: _Basket, shopper: Shopper) -> tuple[list[OfferRule], list[_Found]]:
    """An offer that several codes ask for is had by the first of them that can be used."""
    by_offer: dict[UUID, list[OfferRule]] = {}
    for rule in asked:
        by_offer.setdefault(rule.id, []).append(rule)
    once, twice = [], []
    for same in by_offer.values():
        kept = next((rule for rule in same if why_not(rule, basket.lines_of(rule), shopper) is None), same[0])
        once.append(kept)
        for other in same:
            if other is not kept:
                why = "same_offer", "Another code of the same offer is used already."
                twice.append((other, why_not(other, basket.lines_of(other), shopper) or why))
    return once, twice


def _fitting(rules: Sequence[OfferRule], basket: _Basket, shopper: Shopper) -> tuple[list[OfferRule], list[_Found]]:
    fitting, unfit = [], []
    for rule in rules:
        why = why_not(rule, basket.lines_of(rule), shopper)
        if why is None:
            fitting.append(rule)
        else:
            unfit.append((rule, why))
    return fitting, unfit


def _best(fitting: Sequence[OfferRule], basket: _Basket) -> _Choice:
    """Of each that stands alone, and all others together, what is the best for the shopper."""
    together = [rule for rule in fitting if rule.combinable]
    choices = [_choice(together, basket), *(_choice([rule], basket) for rule in fitting if not rule.combinable)]
    return min(choices, key=lambda choice: choice.standing)


def _choice(rules: Sequence[OfferRule], basket: _Basket) -> _Choice:
    left = {line.key: line.amount for line in basket.lines}
    applied: list[Applied] = []
    idle: list[OfferRule] = []
    for rule in rules:
        given = _applied(rule, take(rule, basket.lines_of(rule), left, basket.currency))
        if not given.by_line and (not given.free_delivery or any(each.free_delivery for each in applied)):
            idle.append(rule)
            continue
        applied.append(given)
        for key, part in given.by_line.items():
            left[key] -= part
    free = any(each.free_delivery for each in applied)
    return _Choice(rules, applied, idle, sum(each.amount for each in applied) + free * basket.delivery_charge)


def _applied(rule: OfferRule, by_line: Mapping[str, int]) -> Applied:
    return Applied(
        rule.id,
        rule.asked_by or rule.code,
        rule.label,
        rule.kind,
        by_line,
        free_delivery=rule.kind == OfferKind.FREE_DELIVERY,
        rate=rule.percentage,
    )


def _beaten(fitting: Sequence[OfferRule], best: _Choice) -> Iterator[_Found]:
    """What holds for the basket and gives nothing beside what is had."""
    yield from ((rule, NOTHING_LEFT) for rule in best.idle)
    better = " and ".join(each.label for each in best.applied)
    why = "not_combinable", f"It can't be combined with {better}, which is better for you."
    yield from ((rule, why if best.applied else NOTHING_LEFT) for rule in fitting if rule not in best.rules)


def _is_told(rule: OfferRule, why: Why) -> bool:
    return bool(rule.asked_by) or why[0] in WORTH_TELLING


def _refusal(rule: OfferRule, why: Why) -> Refused:
    return Refused(rule.asked_by or rule.code, rule.label, *why, offer_id=rule.id)


def _unknown(asked: Sequence[OfferRule], codes: Sequence[str]) -> Iterator[Refused]:
    known = {fold(rule.asked_by) for rule in asked}
    for code in {fold(code): code for code in sorted(codes)}.values():
        if fold(code) not in known:
            yield Refused(code, "", "unknown_code", "There is no such code.")
