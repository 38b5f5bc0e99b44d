"""Which price of which list: by hand, and against a plain reading of the rule for random lists."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.lists.choosing import Entry, ListPrice, ListRule, choose, fitting

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TRADE, STAFF = UUID(int=1), UUID(int=2)


def rule(code: str, **fields: Any) -> ListRule:
    base = {"id": UUID(bytes=code.encode().ljust(16)[:16]), "currency": "EUR", "includes_tax": False}
    return ListRule(code=code, **{**base, **fields})


def entry(of: ListRule, amount: int, from_quantity: int = 1, compare_at: int | None = None) -> Entry:
    return Entry(of.id, from_quantity, amount, compare_at)


def codes(rules: list[ListRule], *groups: UUID, at: dt.datetime = NOW, currency: str = "EUR") -> list[str]:
    return [each.code for each in fitting(rules, currency, groups, at)]


def test_lists_are_asked_by_priority_then_those_of_groups_then_by_code() -> None:
    rules = [
        rule("B"),
        rule("A"),
        rule("Z TRADE", group_ids=frozenset({TRADE})),
        rule("FIRST", priority=9),
        rule("SECOND", priority=5, group_ids=frozenset({TRADE, STAFF})),
        rule("THIRD", priority=5),
    ]
    assert codes(rules, TRADE) == ["FIRST", "SECOND", "THIRD", "Z TRADE", "A", "B"]
    assert codes(rules, STAFF) == ["FIRST", "SECOND", "THIRD", "A", "B"]
    assert codes(rules) == ["FIRST", "THIRD", "A", "B"]


def test_a_list_of_another_currency_is_not_asked() -> None:
    assert codes([rule("A"), rule("B", currency="GBP")], currency="GBP") == ["B"]


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (None, None, True),
        (0, None, True),
        (1, None, False),
        (-1, 1, True),
        (None, 1, True),
        (None, 0, False),
        (-2, -1, False),
    ],
)
def test_a_list_holds_from_its_start_until_before_its_end(starts: int | None, ends: int | None, holds: bool) -> None:
    def moment(seconds: int | None) -> dt.datetime | None:
        return None if seconds is None else NOW + dt.timedelta(seconds=seconds)

    found = codes([rule("A", starts_at=moment(starts), ends_at=moment(ends))])
    assert found == (["A"] if holds else [])


def test_the_first_list_that_has_the_variant_decides_not_the_lowest_price() -> None:
    dear, cheap = rule("DEAR", priority=1, includes_tax=True), rule("CHEAP")
    entries = [entry(cheap, 100), entry(dear, 900, compare_at=1000)]
    assert choose([dear, cheap], entries, 1) == ListPrice("DEAR", 1, 900, 1000, includes_tax=True)
    assert choose([cheap, dear], entries, 1) == ListPrice("CHEAP", 1, 100, None, includes_tax=False)


@pytest.mark.parametrize(
    ("quantity", "amount", "from_quantity"), [(1, 500, 1), (9, 500, 1), (10, 450, 10), (99, 450, 10), (100, 470, 100)]
)
def test_the_largest_from_quantity_that_is_reached_decides(quantity: int, amount: int, from_quantity: int) -> None:
    only = rule("A")
    entries = [entry(only, 470, 100), entry(only, 500, 1), entry(only, 450, 10)]
    chosen = choose([only], entries, quantity)
    assert chosen == ListPrice("A", from_quantity, amount, None, includes_tax=False)


def test_a_list_whose_smallest_from_quantity_is_not_reached_leaves_it_to_the_next() -> None:
    bulk, plain = rule("BULK", priority=1), rule("PLAIN")
    entries = [entry(bulk, 300, 10), entry(plain, 500)]
    assert [found and found.list_code for n in (9, 10) if (found := choose([bulk, plain], entries, n))] == [
        "PLAIN",
        "BULK",
    ]
    assert choose([bulk], entries, 9) is None


def test_no_list_no_price() -> None:
    assert choose([], [entry(rule("A"), 1)], 1) is None
    assert choose([rule("B")], [entry(rule("A"), 1)], 1) is None
    assert choose([rule("A")], [], 1) is None


rules_of = st.lists(
    st.builds(
        rule,
        st.sampled_from([f"L{number}" for number in range(9)]),
        currency=st.sampled_from(["EUR", "GBP"]),
        priority=st.integers(0, 2),
        group_ids=st.frozensets(st.sampled_from([TRADE, STAFF])),
        starts_at=st.none() | st.integers(-2, 2).map(lambda hours: NOW + dt.timedelta(hours=hours)),
        ends_at=st.none() | st.integers(-2, 2).map(lambda hours: NOW + dt.timedelta(hours=hours)),
    ),
    unique_by=lambda each: each.code,
    max_size=6,
)


@given(st.data(), rules_of, st.frozensets(st.sampled_from([TRADE, STAFF])), st.integers(1, 30))
def test_the_choice_is_the_same_in_whatever_order_lists_and_entries_come(
    data: st.DataObject, rules: list[ListRule], groups: frozenset[UUID], quantity: int
) -> None:
    entries = [
        Entry(each.id, from_quantity, data.draw(st.integers(0, 1000)))
        for each in rules
        for from_quantity in data.draw(st.sets(st.sampled_from([1, 5, 10, 20])))
    ]
    chosen = choose(fitting(rules, "EUR", groups, NOW), entries, quantity)
    shuffled = data.draw(st.permutations(rules)), data.draw(st.permutations(entries))
    assert choose(fitting(shuffled[0], "EUR", groups, NOW), shuffled[1], quantity) == chosen
    candidates = [
        (each, price)
        for each in rules
        for price in entries
        if price.list_id == each.id
        and price.from_quantity <= quantity
        and each.currency == "EUR"
        and (not each.group_ids or each.group_ids & groups)
        and (each.starts_at is None or each.starts_at <= NOW)
        and (each.ends_at is None or each.ends_at > NOW)
    ]
    if chosen is None:
        assert candidates == []
        return
    best = min(candidates, key=lambda c: (-c[0].priority, not c[0].group_ids, c[0].code, -c[1].from_quantity))
    assert (chosen.list_code, chosen.from_quantity, chosen.amount) == (
        best[0].code,
        best[1].from_quantity,
        best[1].amount,
    )
