"""Days that are closed: what they came to is kept, and nothing is posted on them any more."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from books.actions import close_day
from books.errors import DayNotOver
from books.models import DayClose, Posting, PostingLine
from books.queries import closes_off, end_of, trial_balance
from core.models import Event
from orders.actions.posting import post_older
from tests.factories.books import a_closed_day, post
from tests.factories.core import ACTOR
from tests.factories.orders import TOTAL, a_placed_order, pay
from tests.factories.staff import (
    a_person,
    a_superuser,
    as_opened,
    browser_of,
    list_button,
    list_page,
    object_page,
    told,
)
from tests.factories.watching import as_superuser, nothing_changes, refused_by_the_database

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
JAN_31 = dt.date(2026, 1, 31)
NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def an_order_of(moment: dt.datetime, paid: int = 0) -> None:
    with time_machine.travel(moment, tick=False):
        order = a_placed_order()
        if paid:
            pay(order, paid)


def test_a_day_is_closed_with_what_the_accounts_came_to_and_says_who_did_it() -> None:
    an_order_of(NOON, paid=1_000)
    an_order_of(NOON + DAY)
    close = close_day(JAN_31, actor=ACTOR)
    close.refresh_from_db()
    assert close.balances == [
        {"currency": "EUR", "account": "receivable", "detail": "", "amount": TOTAL - 1_000},
        {"currency": "EUR", "account": "cash", "detail": "bank_transfer", "amount": 1_000},
        {"currency": "EUR", "account": "goods", "detail": "", "amount": -TOTAL},
    ]
    assert (close.totals, close.before, close.actor) == ({"EUR": TOTAL}, end_of(JAN_31), ACTOR)
    event = Event.objects.get(type="day.closed")
    assert (event.subject_id, event.version, event.actor_name) == (close.pk, 1, ACTOR.name)
    assert event.data == {"day": "2026-01-31", "totals": {"EUR": TOTAL}}


def test_the_next_day_goes_on_from_there_and_one_between_is_as_it_was() -> None:
    for days in range(3):
        an_order_of(NOON + days * DAY, paid=days)
    first, last = a_closed_day(JAN_31), a_closed_day(JAN_31 + 2 * DAY)
    between = a_closed_day(JAN_31 + DAY)
    assert [close.totals["EUR"] for close in (first, between, last)] == [TOTAL, 2 * TOTAL, 3 * TOTAL]
    assert [each["amount"] for each in last.balances if each["account"] == "cash"] == [3]
    assert closes_off() == []


def test_a_day_that_is_closed_stays_as_it_is_closed() -> None:
    an_order_of(NOON)
    close = a_closed_day(JAN_31)
    with nothing_changes():
        assert close_day(JAN_31, actor=ACTOR) == close


def test_a_day_that_is_not_over_for_a_quarter_of_an_hour_is_not_closed() -> None:
    midnight = end_of(JAN_31)
    for moment in (NOON, midnight + dt.timedelta(minutes=14, seconds=59)):
        with time_machine.travel(moment, tick=False), nothing_changes(), pytest.raises(DayNotOver, match="2026-01-31"):
            close_day(JAN_31, actor=ACTOR)
    with nothing_changes(), pytest.raises(DayNotOver):
        close_day(dt.date.max, actor=ACTOR)
    with time_machine.travel(midnight + dt.timedelta(minutes=15), tick=False):
        assert close_day(JAN_31, actor=ACTOR).day == JAN_31


def test_the_database_refuses_what_is_posted_on_a_closed_day_or_before_it_and_takes_what_is_after() -> None:
    a_closed_day(JAN_31)
    for moment in (end_of(JAN_31) - dt.timedelta(microseconds=1), NOON - 400 * DAY):
        with refused_by_the_database("the day of a posting is closed"):
            post(moment)
    post(end_of(JAN_31))
    assert Posting.objects.count() == 1


def test_the_database_refuses_a_close_of_a_day_that_is_not_over() -> None:
    with refused_by_the_database("day_close_of_a_day_that_is_over"):
        DayClose.objects.create(
            day=JAN_31, before=end_of(JAN_31), balances=[], totals={}, closed_at=NOON, **ACTOR.columns()
        )


@pytest.mark.parametrize("statement", ["UPDATE books_dayclose SET day = day", "DELETE FROM books_dayclose"])
def test_a_close_is_for_ever(statement: str) -> None:
    a_closed_day(JAN_31)
    with refused_by_the_database("day"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_is_older_than_the_books_is_posted_on_the_first_open_day() -> None:
    with time_machine.travel(NOON, tick=False):
        order = a_placed_order()
    with as_superuser():
        PostingLine.objects.all().delete()
        Posting.objects.all().delete()
    a_closed_day(JAN_31)
    assert post_older(order.pk) == 1
    assert Posting.objects.get().posted_at == end_of(JAN_31)
    assert trial_balance(None, before=end_of(JAN_31)) == []


class TestVerification:
    def test_names_what_was_planted_on_a_closed_day(self) -> None:
        an_order_of(NOON)
        a_closed_day(JAN_31)
        assert closes_off() == []
        with as_superuser():
            post(NOON, cash=5, goods=-5)
        assert [(each.account, each.stored, each.expected) for each in closes_off()] == [
            ("all debits", TOTAL, TOTAL + 5), ("cash", 0, 5), ("goods", -TOTAL, -TOTAL - 5),
        ]  # fmt: skip

    @pytest.mark.django_db(transaction=True)
    def test_is_part_of_verify(self) -> None:
        a_closed_day(JAN_31)
        with transaction.atomic(), as_superuser():
            post(NOON, cash=5, goods=-5)
        output = StringIO()
        with pytest.raises(CommandError, match="do not add up"):
            call_command("verify", stdout=output)
        assert "15 cents off" in output.getvalue()
        assert "closed day 2026-01-31: cash in EUR is 0, the journal says 5" in output.getvalue()

    def test_names_an_altered_balance_and_an_altered_total(self) -> None:
        an_order_of(NOON)
        close = a_closed_day(JAN_31)
        altered = [{**each, "amount": each["amount"] + 1} for each in close.balances]
        with as_superuser():
            DayClose.objects.update(balances=altered, totals={"EUR": 1, "USD": 2})
        assert [(each.currency, each.account, each.off) for each in closes_off()] == [
            ("EUR", "all debits", TOTAL - 1), ("EUR", "goods", 1), ("EUR", "receivable", 1), ("USD", "all debits", 2),
        ]  # fmt: skip


class TestTheConsole:
    address = list_button("books.dayclose", "close")

    def test_a_button_closes_a_day_and_the_list_and_page_tell_of_it(self) -> None:
        an_order_of(NOON)
        browser = browser_of(a_superuser())
        answer = browser.post(self.address, {**as_opened(browser, self.address), "day": "2026-01-31"}, follow=True)
        assert "2026-01-31 is closed." in told(answer)
        close = DayClose.objects.get()
        assert "27.50 EUR" in told(browser.get(list_page("books.dayclose")))
        page = told(browser.get(object_page("books.dayclose", close.pk)))
        assert "Receivables 27.50 EUR" in page
        assert "Closed 2026-01-31 and all days before it" in page

    def test_a_day_that_is_not_over_is_said(self) -> None:
        browser = browser_of(a_superuser())
        opened = as_opened(browser, self.address)
        with nothing_changes():
            answer = browser.post(self.address, {**opened, "day": timezone.localdate().isoformat()})
        assert answer.status_code == 400
        assert "is not over in the books" in told(answer)

    def test_finance_closes_days_and_a_manager_sees_them(self) -> None:
        assert browser_of(a_person("finance")).get(self.address).status_code == 200
        manager = browser_of(a_person("manager"))
        assert manager.get(self.address).status_code == 403
        assert manager.get(list_page("books.dayclose")).status_code == 200
