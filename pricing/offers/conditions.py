"""Why an offer doesn't hold for a basket, in words for the shopper. None of it depends on other offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.money import format_money
from pricing.offers.rules import OfferLine, OfferRule
from pricing.offers.statuses import OfferKind


@dataclass(frozen=True)
class Shopper:
    """Who buys and when. `uses` are what the buyer used of each offer before, `used` what all did."""

    currency: str
    at: dt.datetime
    groups: Collection[UUID]
    uses: Mapping[UUID, int]
    used: Mapping[UUID, int]
    known: bool


Why = tuple[str, str]
"""(reason, detail)"""

Condition = Callable[[OfferRule, Sequence[OfferLine], Shopper], Why | None]
"""Asked with the lines that the offer is for."""


def why_not(rule: OfferRule, lines: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    """The first condition that doesn't hold."""
    return next(filter(None, (condition(rule, lines, shopper) for condition in _CONDITIONS)), None)


def _is_on(rule: OfferRule, _: Sequence[OfferLine], __: Shopper) -> Why | None:
    off = not rule.active or not rule.code_active
    return ("not_available", "This offer is not available.") if off else None


def _has_begun(rule: OfferRule, _: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    early = rule.starts_at is not None and shopper.at < rule.starts_at
    return ("not_begun", "This offer has not begun yet.") if early else None


def _has_not_ended(rule: OfferRule, _: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    late = rule.ends_at is not None and shopper.at >= rule.ends_at
    return ("ended", "This offer has ended.") if late else None


def _is_left(rule: OfferRule, _: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    used = shopper.used.get(rule.id, rule.used)
    if _reached(rule.total_limit, used) or _reached(rule.code_limit, rule.code_used):
        return "used_up", "This offer has been used up."
    return None


def _is_left_for_the_buyer(rule: OfferRule, _: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    if rule.limit_per_customer is None:
        return None
    if not shopper.known:
        return "buyer_unknown", "This offer is limited per customer: sign in, or give your e-mail address."
    if not _reached(rule.limit_per_customer, shopper.uses.get(rule.id, 0)):
        return None
    times = "once" if rule.limit_per_customer == 1 else f"{rule.limit_per_customer} times"
    return "used_by_customer", f"Each customer can use this offer {times}, and you have."


def _is_for_the_group(rule: OfferRule, _: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    outside = rule.group_ids and rule.group_ids.isdisjoint(shopper.groups)
    return ("group", "This offer is for other customers.") if outside else None


def _is_in_the_currency(rule: OfferRule, _: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    unpriced = rule.kind == OfferKind.AMOUNT and shopper.currency not in rule.amounts
    unmeasured = rule.minimum_amounts and shopper.currency not in rule.minimum_amounts
    if unpriced or unmeasured:
        return "currency", f"This offer is not available in {shopper.currency}."
    return None


def _is_in_the_basket(_: OfferRule, lines: Sequence[OfferLine], __: Shopper) -> Why | None:
    return None if lines else ("nothing_in_basket", "There is nothing in the basket that this offer is for.")


def _reaches_the_amount(rule: OfferRule, lines: Sequence[OfferLine], shopper: Shopper) -> Why | None:
    """By the prices before any offer."""
    minimum = rule.minimum_amounts.get(shopper.currency, 0)
    lacking = minimum - sum(line.amount for line in lines)
    if lacking <= 0:
        return None
    more, needed = (format_money(each, shopper.currency) for each in (lacking, minimum))
    return "minimum_amount", f"Add {more} more of what this offer is for: it needs {needed}."


def _reaches_the_quantity(rule: OfferRule, lines: Sequence[OfferLine], _: Shopper) -> Why | None:
    needed = max(rule.minimum_quantity, rule.buy_quantity + rule.get_quantity)
    lacking = needed - sum(line.quantity for line in lines)
    if lacking <= 0:
        return None
    return "minimum_quantity", f"Add {lacking} more of what this offer is for: it needs {needed}."


_CONDITIONS: tuple[Condition, ...] = (
    _is_on, _has_begun, _has_not_ended, _is_for_the_group, _is_in_the_currency, _is_in_the_basket,
    _reaches_the_amount, _reaches_the_quantity, _is_left, _is_left_for_the_buyer,
)  # fmt: skip


def _reached(limit: int | None, used: int) -> bool:
    return limit is not None and used >= limit
