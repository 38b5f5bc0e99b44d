"""What the books come to, at any time, and as a file."""

from __future__ import annotations

import csv
import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from books.queries import Balance, aged_receivables, trial_balance
from tests.factories.core import a_client
from tests.factories.orders import TOTAL, a_placed_order, pay

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def test_the_balances_of_all_accounts_come_to_nothing_by_currency() -> None:
    pay(a_placed_order(a_client("North")), 1_000)
    a_placed_order(a_client("South"))
    assert trial_balance(None) == [
        Balance("EUR", "receivable", "", 2 * TOTAL - 1_000),
        Balance("EUR", "cash", "bank_transfer", 1_000),
        Balance("EUR", "goods", "", -2 * TOTAL),
    ]


def test_a_storefront_has_books_of_its_own() -> None:
    north = a_client("North")
    pay(a_placed_order(north), TOTAL)
    a_placed_order(a_client("South"))
    assert trial_balance(north.pk) == [
        Balance("EUR", "cash", "bank_transfer", TOTAL),
        Balance("EUR", "goods", "", -TOTAL),
    ]


def test_what_comes_after_a_time_is_not_in_its_balances() -> None:
    order = a_placed_order()
    later = timezone.now() + DAY
    with time_machine.travel(later):
        pay(order, TOTAL)
    assert [each.account for each in trial_balance(None, before=later)] == ["receivable", "goods"]
    assert [each.account for each in trial_balance(None)] == ["cash", "goods"]


def test_a_balance_on_the_other_side_than_usual_is_unusual() -> None:
    assert not Balance("EUR", "cash", "", 5).is_unusual
    assert Balance("EUR", "cash", "", -5).is_unusual
    assert Balance("EUR", "tax", "", 5).is_unusual


def test_receivables_are_told_by_age_and_come_to_their_balance() -> None:
    north = a_client("North")
    now = timezone.now()
    for days, paid in ((0, 0), (30, 1_000), (31, 0), (90, 0), (91, TOTAL), (400, TOTAL + 5)):
        with time_machine.travel(now - days * DAY):
            order = a_placed_order(north)
        if paid:
            pay(order, paid)
    a_placed_order(a_client("South"))
    later = now + dt.timedelta(minutes=5)
    aged = aged_receivables(north.pk, before=later)
    assert [(each.days, each.orders, each.owed, each.to_give_back) for each in aged] == [
        ("0 to 30", 2, 2 * TOTAL - 1_000, 0), ("31 to 60", 1, TOTAL, 0), ("61 to 90", 1, TOTAL, 0),
        ("more than 90", 1, 0, 5),
    ]  # fmt: skip
    (balance,) = [each.amount for each in trial_balance(north.pk) if each.account == "receivable"]
    assert sum(each.owed - each.to_give_back for each in aged) == balance
    assert sum(each.orders for each in aged_receivables(None, before=later)) == 6
    assert aged_receivables(None, before=now - 500 * DAY) == []


class TestTheFile:
    def exported(self, *arguments: str) -> list[dict[str, str]]:
        output = StringIO()
        call_command("export_books", *arguments, output=output)
        return list(csv.DictReader(StringIO(output.getvalue())))

    def test_has_a_line_for_each_line_of_a_posting_with_the_accountant_s_number(self) -> None:
        a_placed_order(a_client("North"))
        today = timezone.localdate().isoformat()
        rows = self.exported(today, today)
        assert [(row["account"], row["number"], row["side"], row["amount"]) for row in rows] == [
            ("receivable", "1400", "debit", "27.50"),
            ("goods", "8000", "credit", "27.50"),
        ]
        assert self.exported(today, today, "--storefront", "North") == rows

    def test_has_what_was_posted_from_the_first_to_the_last_day(self) -> None:
        a_placed_order()
        tomorrow = (timezone.localdate() + DAY).isoformat()
        assert self.exported(tomorrow, tomorrow) == []

    def test_is_refused_for_a_storefront_that_there_is_not_and_days_that_go_back(self) -> None:
        with pytest.raises(CommandError):
            self.exported("2026-01-01", "2026-01-31", "--storefront", "Nobody")
        with pytest.raises(CommandError, match="before the first"):
            self.exported("2026-01-31", "2026-01-01")
