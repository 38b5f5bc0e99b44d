"""Which plan the rules choose, by a table of examples and for any stock and demand."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.sourcing.places import Demand, Place, sold_at
from inventory.sourcing.planning import POOL, Parcel, Plan, Planner, Source
from inventory.sourcing.rules import Sourcing

A, B, C = (uuid.UUID(int=number) for number in (1, 2, 3))
IDS = {"A": A, "B": B, "C": C}
RULES = ("priority", "nearest", "fewest_parcels", "never_split", "reserve_for_shop_floor")


def place(code: str, stock: str = "", **fields: Any) -> Place:
    """ "A5 B1": five units of A and one of B."""
    units = {IDS[each[0]]: int(each[1:]) for each in stock.split()}
    plain = {"country": "", "postal_code": "", "priority": 100, "active": True, "shop_floor_units": 0}
    return Place(uuid.uuid5(uuid.NAMESPACE_OID, code), code, **{**plain, **fields}, stock=units)


def demand(text: str, refused: str = "") -> Demand:
    units = {IDS[each[0]]: int(each[1:]) for each in text.split()}
    return Demand(units, frozenset(IDS[each] for each in refused))


def told(plan: Plan) -> str:
    """ "EAST A2 B1, WEST A1; short B1"."""
    names = {value: key for key, value in IDS.items()}

    def units(of: Mapping[uuid.UUID, int]) -> str:
        return " ".join(sorted(f"{names[each]}{count}" for each, count in of.items()))

    sent = ", ".join(sorted(f"{parcel.place.code} {units(parcel.units)}" for parcel in plan.parcels))
    return "; ".join(filter(None, [sent, f"short {units(plan.short)}" if plan.short else ""]))


def planned(places: Sequence[Place], wanted: str, *rules: str, country: str = "", postal_code: str = "") -> str:
    return told(Planner(places, demand(wanted), Sourcing(rules, country, postal_code)).best())


FRANCE = {"country": "FR", "postal_code": "75011"}
BERLIN = {"country": "DE", "postal_code": "10115"}
POTSDAM = {"country": "DE", "postal_code": "14467"}
MUNICH = {"country": "DE", "postal_code": "80331"}


@pytest.mark.parametrize(
    ("places", "wanted", "rules", "expected"),
    [
        ([place("E", "A5"), place("W", "A5", priority=1)], "A3", ["priority"], "W A3"),
        ([place("E", "A5"), place("W", "A2", priority=1)], "A3", ["priority"], "E A1, W A2"),
        ([place("E", "A5"), place("W", "A5")], "A3", ["priority"], "E A3"),
        ([place("E", "A5"), place("W", "A2", priority=1)], "A3", ["fewest_parcels"], "E A3"),
        ([place("E", "A5"), place("W", "A2", priority=1)], "A3", ["priority", "fewest_parcels"], "E A1, W A2"),
        ([place("E", "A1 B1"), place("N", "A1"), place("W", "B1")], "A1 B1", ["fewest_parcels"], "E A1 B1"),
        ([place("M", "A5", **MUNICH), place("P", "A5", **POTSDAM)], "A3", ["nearest"], "P A3"),
        ([place("F", "A5", priority=1, **FRANCE), place("M", "A5", **MUNICH)], "A3", ["nearest"], "M A3"),
        ([place("F", "A5", priority=1, **FRANCE), place("M", "A5", **MUNICH)], "A3", ["priority", "nearest"], "F A3"),
        ([place("F", "A5", priority=1), place("M", "A1", **BERLIN)], "A3", ["nearest", "priority"], "F A2, M A1"),
        ([place("E", "A2"), place("W", "A2")], "A3", ["never_split"], "E A2; short A1"),
        ([place("E", "A2"), place("W", "A2")], "A2", ["never_split"], "E A2"),
        ([place("E", "A2 B1"), place("W", "A2 B2")], "A2 B2", ["never_split"], "W A2 B2"),
        ([place("E", "A5", shop_floor_units=3)], "A3", ["reserve_for_shop_floor"], "E A2; short A1"),
        ([place("E", "A5", shop_floor_units=3)], "A3", ["priority"], "E A3"),
        ([place("E", "A2", shop_floor_units=3)], "A1", ["reserve_for_shop_floor"], "short A1"),
        ([place("E", "A5", active=False), place("W", "A1")], "A3", ["nearest"], "W A1; short A2"),
        ([], "A1", ["nearest"], "short A1"),
    ],
)
def test_the_rules_choose(places: list[Place], wanted: str, rules: list[str], expected: str) -> None:
    assert planned(places, wanted, *rules, country="DE", postal_code="10999") == expected


def test_without_a_destination_no_location_is_nearer() -> None:
    assert planned([place("M", "A5", **MUNICH), place("F", "A5", **FRANCE)], "A3", "nearest") == "F A3"


def test_a_postcode_is_compared_without_spaces_and_in_any_letter_case() -> None:
    near, far = place("N", "A5", country="GB", postal_code="sw1a 1aa"), place("F", "A5", country="GB", postal_code="S1")
    assert planned([far, near], "A3", "nearest", country="GB", postal_code="SW1A-2BB") == "N A3"


def test_an_order_that_is_not_split_goes_on_where_it_has_begun() -> None:
    begun = place("W", "A1", begun=True)
    assert planned([place("E", "A5"), begun], "A2", "never_split") == "W A1; short A1"
    assert planned([place("E", "A5"), place("W", begun=True)], "A2", "never_split") == "short A2"


def test_a_location_that_sends_something_already_makes_no_other_parcel() -> None:
    places = [place("E", "A2", priority=1), place("W", "A1", begun=True), place("X", "A1", begun=True)]
    assert planned(places, "A2", "fewest_parcels") == "W A1, X A1"
    assert planned(places, "A2", "priority") == "E A2"


def test_what_would_be_refused_is_sent_before_what_may_wait() -> None:
    places = [place("E", "A1"), place("W", "B5")]
    waiting, refusing = (Planner(places, demand("A1 B5", refused), Sourcing(("never_split",))) for refused in ("", "A"))
    assert told(waiting.best()) == "W B5; short A1"
    assert told(refusing.best()) == "E A1; short B5"


def test_a_small_parcel_is_given_up_for_fewer_of_them() -> None:
    places = [place("E", "A4", priority=1), place("N", "A1", priority=2), place("W", "A5", priority=3)]
    rules = ("fewest_parcels", "priority")
    assert [told(plan) for plan in Planner(places, demand("A5"), Sourcing(rules)).ranked(3)] == [
        "W A5",
        "E A4, N A1",
        "E A4, W A1",
    ]


def test_a_rule_that_is_not_known_is_passed_by() -> None:
    config = [{"rule": "cheapest", "parameters": {}}, {"rule": "nearest", "parameters": {"units": 2}}]
    assert Sourcing.of(config, {"country": "DE"}) == Sourcing(("nearest",), "DE", "")
    assert Sourcing.of(config[:1], {}) is None


def test_thousands_of_locations_are_planned_in_bounded_time() -> None:
    places = [place(f"L{number:04}", "A1 B1", priority=number % 7) for number in range(2_000)]
    planner = Planner(places, demand("A60 B60"), Sourcing(("fewest_parcels", "nearest")))
    drawn: list[int] = []
    draw, planner.draw = planner.draw, lambda sources: drawn.append(1) or draw(sources)  # type: ignore[method-assign, func-returns-value]
    best = planner.best()
    assert (len(best.parcels), best.short) == (60, {})
    assert len(drawn) <= len(places) + 300


# Any stock, any demand, any rules


units = st.integers(min_value=0, max_value=4)
rules = st.permutations(RULES).flatmap(lambda each: st.integers(1, len(RULES)).map(lambda size: tuple(each[:size])))


@st.composite
def worlds(draw: Any, most: int = 6) -> tuple[list[Place], Demand, Sourcing]:
    places = [
        Place(
            uuid.UUID(int=100 + number),
            f"L{number}",
            draw(st.sampled_from(["", "DE", "FR"])),
            draw(st.sampled_from(["", "10115", "14467"])),
            draw(st.integers(1, 3)),
            draw(st.booleans()) or draw(st.booleans()),
            draw(st.integers(0, 2)),
            {each: draw(units) for each in (A, B)},
            draw(st.integers(0, 5)) == 0,
        )
        for number in range(draw(st.integers(0, most)))
    ]
    wanted = Demand({each: draw(units) for each in (A, B)}, draw(st.sampled_from([(), (A,), (A, B)])))
    return places, wanted, Sourcing(draw(rules), "DE", "10999")


@given(worlds())
def test_no_plan_sends_more_than_there_is_or_is_wanted(world: tuple[list[Place], Demand, Sourcing]) -> None:
    places, wanted, sourcing = world
    planner = Planner(places, wanted, sourcing)
    for plan in [planner.best(), *planner.ranked(50)]:
        sent: Counter[uuid.UUID] = Counter()
        for parcel in plan.parcels:
            sold = sold_at(parcel.place, wanted.units, sourcing)
            assert all(0 < count <= sold[each] for each, count in parcel.units.items())
            sent.update(parcel.units)
        assert {each: sent[each] + plan.short.get(each, 0) for each in wanted.units} == dict(wanted.units)


@given(worlds())
def test_the_best_plan_leaves_out_nothing_that_stock_allows(world: tuple[list[Place], Demand, Sourcing]) -> None:
    places, wanted, sourcing = world
    plan = Planner(places, wanted, sourcing).best()
    if sourcing.never_splits:
        assert len(plan.parcels) <= (sum(each.begun for each in places) or 1)
    else:
        there = {each: sum(sold_at(at, [each], sourcing).get(each, 0) for at in places) for each in wanted.units}
        assert {each: plan.short.get(each, 0) for each in there} == {
            each: max(wanted.units[each] - there[each], 0) for each in there
        }


@given(worlds())
def test_the_best_is_the_first_of_the_ranked_whatever_order_the_locations_come_in(
    world: tuple[list[Place], Demand, Sourcing],
) -> None:
    places, wanted, sourcing = world
    best = Planner(places, wanted, sourcing).best()
    assert best.cost == Planner(places[::-1], wanted, sourcing).ranked(1)[0].cost
    costs = [plan.cost for plan in Planner(places, wanted, sourcing).ranked(50)]
    assert costs == sorted(set(costs))


@given(worlds(most=3))
def test_no_other_allotment_whatever_is_better(world: tuple[list[Place], Demand, Sourcing]) -> None:
    """Against every way to take units from up to three locations."""
    places, wanted, sourcing = world
    planner = Planner(places, wanted, sourcing)
    best = planner.best()
    assert len(planner.sources) <= POOL
    choices = [
        range(min(source.units.get(each, 0), wanted.units[each]) + 1) for source in planner.sources for each in (A, B)
    ]
    for counts in product(*choices):
        taken = {each: sum(counts[index::2]) for index, each in enumerate((A, B))}
        pairs = zip(planner.sources, zip(counts[::2], counts[1::2], strict=True), strict=True)
        used = [(source, {each: n for each, n in zip((A, B), pair, strict=True) if n}) for source, pair in pairs]
        used = [(source, each) for source, each in used if each]
        if any(taken[each] > wanted.units[each] for each in taken) or not _may_be(used, planner):
            continue
        short = {each: wanted.units[each] - taken[each] for each in taken if wanted.units[each] > taken[each]}
        cost = planner._cost([Parcel(source, each) for source, each in used], short)
        assert best.cost[:-1] <= cost[:-1]


def _may_be(used: list[tuple[Source, dict[uuid.UUID, int]]], planner: Planner) -> bool:
    if not planner.sourcing.never_splits:
        return True
    return all(source.place.begun for source, _ in used) if planner.begun else len(used) <= 1
