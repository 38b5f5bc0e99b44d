"""Why each location that sends nothing was passed over, and that the reason is true."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from inventory.sourcing.explaining import REASONS, TOLD_AT_MOST, passed_over, why_chosen
from inventory.sourcing.places import Demand, Place
from inventory.sourcing.planning import Planner
from inventory.sourcing.rules import Sourcing
from tests.inventory.sourcing.test_planning import BERLIN, FRANCE, MUNICH, demand, place, worlds


def reasons(places: list[Place], wanted: str, *rules: str) -> dict[str, str]:
    planner = Planner(places, demand(wanted), Sourcing(rules, "DE", "10999"))
    told, omitted = passed_over(planner.best(), planner)
    assert omitted == 0
    return {each.place.code: each.reason for each in told}


@pytest.mark.parametrize(
    ("other", "rules", "reason"),
    [
        (place("X", "A5", active=False), ["nearest"], "inactive"),
        (place("X", "B5"), ["nearest"], "nothing_there"),
        (place("X", "A3", shop_floor_units=3), ["reserve_for_shop_floor"], "kept_for_shop_floor"),
        (place("X", "A1", **BERLIN), ["never_split", "nearest"], "too_little"),
        (place("X", "A1", **BERLIN), ["fewest_parcels"], "another_parcel"),
        (place("X", "A5", **FRANCE), ["nearest"], "further_away"),
        (place("X", "A5", priority=200, **MUNICH), ["priority"], "lower_priority"),
        (place("X", "A5", **MUNICH), ["nearest"], "later_code"),
    ],
)
def test_each_location_says_why_it_sends_nothing(other: Place, rules: list[str], reason: str) -> None:
    assert reasons([place("M", "A5", **MUNICH), other], "A3", *rules) == {"X": reason}


def test_an_order_that_is_not_split_passes_over_what_is_not_where_it_began() -> None:
    assert reasons([place("E", "A5"), place("W", "A5", begun=True)], "A3", "never_split") == {"E": "another_parcel"}


def test_there_is_an_example_of_every_reason_but_that_of_worse_plans() -> None:
    table: Any = test_each_location_says_why_it_sends_nothing.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {each[2] for each in table} == {*REASONS} - {"left_out"}


def test_so_many_are_told_and_the_others_counted() -> None:
    places = [place(f"L{number:02}", "A1") for number in range(TOLD_AT_MOST + 6)]
    planner = Planner(places, demand("A1"), Sourcing(("priority",)))
    told, omitted = passed_over(planner.best(), planner)
    assert (len(told), omitted) == (TOLD_AT_MOST, 5)


def test_the_outcome_is_told_with_its_rules() -> None:
    planner = Planner([place("E", "A2")], demand("A3"), Sourcing(("nearest", "reserve_for_shop_floor")))
    expected = "2 of 3 units in 1 parcel: the nearest first, then without what is kept for the shop floor."
    assert why_chosen(planner.best(), planner) == expected


@given(worlds())
def test_every_location_is_either_drawn_on_or_passed_over(world: tuple[list[Place], Demand, Sourcing]) -> None:
    planner = Planner(*world)
    for plan in planner.ranked(3):
        told, omitted = passed_over(plan, planner)
        drawn = [parcel.place.code for parcel in plan.parcels]
        assert sorted([*drawn, *(each.place.code for each in told)]) == sorted(each.code for each in world[0])
        assert omitted == 0


@given(worlds())
def test_of_the_best_plan_every_combination_was_weighed(world: tuple[list[Place], Demand, Sourcing]) -> None:
    planner = Planner(*world)
    told, _ = passed_over(planner.best(), planner)
    assert "left_out" not in {each.reason for each in told}
