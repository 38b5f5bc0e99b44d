"""What is known of when units that aren't there can be expected."""

from __future__ import annotations

import datetime as dt

import pytest

from inventory.queries import Offered, expected_on

TODAY = dt.date(2026, 5, 3)
YESTERDAY, TOMORROW = (TODAY + dt.timedelta(days=days) for days in (-1, 1))


@pytest.mark.parametrize(
    ("policy", "available_from", "restock_days", "expected"),
    [
        ("refuse", None, None, None),
        ("refuse", None, 9, None),
        ("backorder", None, None, None),
        ("backorder", None, 0, TODAY),
        ("backorder", None, 9, dt.date(2026, 5, 12)),
        ("preorder", None, None, None),
        ("preorder", TOMORROW, None, TOMORROW),
        ("preorder", TOMORROW, 9, TOMORROW),
        ("preorder", TODAY, 9, dt.date(2026, 5, 12)),
        ("preorder", YESTERDAY, 9, dt.date(2026, 5, 12)),
        ("preorder", YESTERDAY, None, None),
    ],
)
def test_a_day_to_come_is_promised_else_the_days_of_restocking_else_nothing(
    policy: str, available_from: dt.date | None, restock_days: int | None, expected: dt.date | None
) -> None:
    assert expected_on(Offered(0, policy, available_from, restock_days), TODAY) == expected
