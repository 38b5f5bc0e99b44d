"""Which price of which list: pure, so that whoever asks for the same gets the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ListRule:
    """A price list as far as the choice asks. It is for everybody where `group_ids` is empty, and holds from
    `starts_at` on until before `ends_at`.
    """

    id: UUID
    code: str
    currency: str
    includes_tax: bool
    group_ids: frozenset[UUID] = frozenset()
    priority: int = 0
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@dataclass(frozen=True)
class Entry:
    """What one variant costs in a list from so many units on."""

    list_id: UUID
    from_quantity: int
    amount: int
    compare_at: int | None = None


@dataclass(frozen=True)
class ListPrice:
    """The price that was chosen, with what explains it. Amounts are minor units of the list's currency."""

    list_code: str
    from_quantity: int
    amount: int
    compare_at: int | None
    includes_tax: bool


def fitting(rules: Iterable[ListRule], currency: str, groups: Collection[UUID], at: dt.datetime) -> list[ListRule]:
    """The lists of the currency that hold then for a customer of these groups, in the order in which they are asked:
    by priority, the highest first; of the same priority those of groups before everybody's; then by code.
    """
    found = [rule for rule in rules if rule.currency == currency and _is_for(rule, groups) and _holds(rule, at)]
    return sorted(found, key=lambda rule: (-rule.priority, not rule.group_ids, rule.code))


def choose(rules: Iterable[ListRule], entries: Sequence[Entry], quantity: int) -> ListPrice | None:
    """The price of so many units of one variant, whose `entries` are given: of the first of the `rules` that has one
    for them, by the largest from_quantity that they reach. None if no list has.

    A list whose smallest from_quantity isn't reached has no price for so few.
    """
    for rule in rules:
        reached = [entry for entry in entries if entry.list_id == rule.id and entry.from_quantity <= quantity]
        if reached:
            best = max(reached, key=lambda entry: entry.from_quantity)
            return ListPrice(rule.code, best.from_quantity, best.amount, best.compare_at, rule.includes_tax)
    return None


def _is_for(rule: ListRule, groups: Collection[UUID]) -> bool:
    return not rule.group_ids or not rule.group_ids.isdisjoint(groups)


def _holds(rule: ListRule, at: dt.datetime) -> bool:
    return (rule.starts_at is None or rule.starts_at <= at) and (rule.ends_at is None or at < rule.ends_at)
