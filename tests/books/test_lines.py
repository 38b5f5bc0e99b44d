"""Lines of postings: sums, and parts of a charge."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from books.lines import Line, moved, part_of, summed, taken_back

CHARGE = [
    Line("receivable", 1_930),
    Line("goods", -1_342),
    Line("discounts", 134),
    Line("delivery", -416),
    Line("tax", -308, "VAT 19 %"),
    Line("rounding", 2),
]


def test_lines_of_one_account_and_detail_are_one_and_what_comes_to_nothing_is_none() -> None:
    lines = [Line("tax", -3, "VAT 7 %"), Line("tax", -4, "VAT 19 %"), Line("tax", -2, "VAT 7 %"), Line("goods", 0)]
    assert summed(lines) == [Line("tax", -5, "VAT 7 %"), Line("tax", -4, "VAT 19 %")]


def test_money_moves_from_one_account_to_another() -> None:
    assert moved(5, to=("cash", "cash"), of=("receivable", "")) == [Line("cash", 5, "cash"), Line("receivable", -5)]


def test_the_whole_of_a_charge_is_the_charge() -> None:
    assert sorted(part_of(CHARGE, 0, 1_930), key=str) == sorted(CHARGE, key=str)


def test_a_part_has_its_share_of_each_account_and_balances() -> None:
    half = part_of(CHARGE, 0, 965)
    assert sorted((line.account, line.amount) for line in half) == [
        ("delivery", -208), ("discounts", 67), ("goods", -671), ("receivable", 965), ("rounding", 1), ("tax", -154),
    ]  # fmt: skip
    assert sum(line.amount for line in half) == 0


@st.composite
def charges(draw: st.DrawFn) -> list[Line]:
    accounts = ("goods", "delivery", "surcharges", "tax", "discounts", "rounding")
    amounts = {account: -draw(st.integers(0, 10_000)) for account in accounts[:4]}
    amounts["goods"] -= 1
    most = -sum(amounts.values()) - 1
    amounts["discounts"] = draw(st.integers(0, most))
    amounts["rounding"] = draw(st.integers(-2, 2)) if most - amounts["discounts"] > 4 else 0
    lines = [Line(account, amount) for account, amount in amounts.items() if amount]
    return [Line("receivable", -sum(line.amount for line in lines)), *lines]


@given(charges(), st.lists(st.integers(0, 50_000), max_size=5))
def test_whatever_parts_a_charge_is_credited_in_they_come_to_it(charge: list[Line], cuts: list[int]) -> None:
    total = charge[0].amount
    borders = sorted({0, total, *(cut % (total + 1) for cut in cuts)})
    parts = [part_of(charge, begin, end) for begin, end in pairwise(borders)]
    assert all(sum(line.amount for line in part) == 0 for part in parts)
    assert summed([*(line for part in parts for line in part), *taken_back(charge)]) == []
