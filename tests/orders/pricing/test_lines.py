"""Which lines of a request are one line of the order."""

from __future__ import annotations

from dataclasses import replace

from orders.pricing.lines import NewLine, merge_lines


def test_lines_are_merged_by_sku_and_price_in_the_order_in_which_they_come() -> None:
    b, a, cheap = NewLine("B", 1, tax=1), NewLine("A", 2), NewLine("A", 5, unit_price=1)
    assert merge_lines([b, a, cheap, replace(b, discount=2), a]) == [
        NewLine("B", 2, tax=2, discount=2),
        NewLine("A", 4),
        cheap,
    ]


def test_lines_of_different_lots_stay_apart() -> None:
    one, two, neither = NewLine("A", 1, 20, lot="x"), NewLine("A", 2, 20, lot="y"), NewLine("A", 4, 20)
    assert merge_lines([one, two, one, neither, neither]) == [
        NewLine("A", 2, 20, lot="x"),
        two,
        NewLine("A", 8, 20),
    ]
