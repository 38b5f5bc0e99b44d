"""Why a plan was chosen, and why each location that is no part of it was passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from inventory.sourcing.places import Place
from inventory.sourcing.planning import Plan, Planner, Source
from inventory.sourcing.rules import FEWEST_PARCELS, NEAREST, PRIORITY

TOLD_AT_MOST = 50
"""The most locations that a plan tells to have passed over; it counts the others."""

Reason = Literal[
    "inactive", "nothing_there", "kept_for_shop_floor", "too_little", "another_parcel", "further_away",
    "lower_priority", "later_code", "left_out",
]  # fmt: skip

REASONS: tuple[Reason, ...] = get_args(Reason)

_BY_RULE: dict[str, tuple[Reason, str]] = {
    NEAREST: ("further_away", "It is further away than what was chosen."),
    FEWEST_PARCELS: ("another_parcel", "With it there would be another parcel."),
    PRIORITY: ("lower_priority", "What was chosen is to be drawn from before it."),
}
_IN_WORDS = {
    "nearest": "the nearest first",
    "fewest_parcels": "as few parcels as can be",
    "priority": "the lowest priority number first",
    "never_split": "from one location only",
    "reserve_for_shop_floor": "without what is kept for the shop floor",
}


@dataclass(frozen=True)
class PassedOver:
    """A location that sends nothing, and why."""

    place: Place
    reason: Reason
    detail: str


def why_chosen(plan: Plan, planner: Planner) -> str:
    """ "5 of 5 units in 1 parcel: the nearest first, then as few parcels as can be." """
    wanted = sum(planner.demand.units.values())
    got = wanted - sum(plan.short.values())
    parcels = f"{len(plan.parcels)} parcel{'' if len(plan.parcels) == 1 else 's'}"
    rules = ", then ".join(_IN_WORDS[rule] for rule in planner.sourcing.rules)
    return f"{got} of {wanted} units in {parcels}: {rules}."


def passed_over(plan: Plan, planner: Planner) -> tuple[list[PassedOver], int]:
    """The first locations that the plan passes over, in the order in which the rules prefer them, those without
    anything to send last; and how many more there are.
    """
    found = list(_unused(plan, planner))
    told = [PassedOver(place, *_why(place, source, plan, planner)) for place, source in found[:TOLD_AT_MOST]]
    return told, len(found) - len(told)


def _unused(plan: Plan, planner: Planner) -> Iterator[tuple[Place, Source | None]]:
    used = {parcel.place.id for parcel in plan.parcels}
    able = {source.place.id for source in planner.sources}
    yield from ((source.place, source) for source in planner.sources if source.place.id not in used)
    yield from ((place, None) for place in planner.places if place.id not in able)


def _why(place: Place, source: Source | None, plan: Plan, planner: Planner) -> tuple[Reason, str]:
    if not place.active:
        return "inactive", "It is inactive and sells nothing."
    if source is not None:
        return _why_not_drawn(source, plan, planner)
    if any(place.stock.get(variant_id, 0) > 0 for variant_id in planner.demand.units):
        return "kept_for_shop_floor", f"{place.shop_floor_units} units of each variant stay on its shop floor."
    return "nothing_there", "It has nothing free of what is wanted."


def _why_not_drawn(source: Source, plan: Plan, planner: Planner) -> tuple[Reason, str]:
    """By where the best plan that draws on it is worse first: what is missing, then the rules in their order."""
    if planner.sourcing.never_splits and planner.begun and not source.place.begun:
        return "another_parcel", "The order has units elsewhere already, and is not split."
    other = min((planner.draw(order) for order in _with(source, plan, planner)), key=lambda each: each.cost)
    if other.cost < plan.cost:
        return "left_out", "A plan with it would be better; this one goes without it."
    refused, short, *costs, _ = zip(other.cost, plan.cost, strict=True)
    if refused[0] != refused[1] or short[0] != short[1]:
        return "too_little", f"It has {sum(_given(source, planner))} of {sum(planner.demand.units.values())} units."
    for rule, (theirs, ours) in zip(planner.sourcing.orderings, costs, strict=True):
        if theirs != ours:
            return _BY_RULE[rule]
    return "later_code", "It is as good as what was chosen; of such locations the first by code sends."


def _with(source: Source, plan: Plan, planner: Planner) -> Iterator[Sequence[Source]]:
    yield [source]
    if not planner.sourcing.never_splits:
        yield [source, *(parcel.source for parcel in plan.parcels)]
        yield [source, *(each for each in planner.sources if each is not source)]


def _given(source: Source, planner: Planner) -> Iterator[int]:
    return (min(units, planner.demand.units[variant_id]) for variant_id, units in source.units.items())
