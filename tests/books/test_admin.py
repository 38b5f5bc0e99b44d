"""The console's pages of the books."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from books.models import Posting
from tests.factories.core import a_client
from tests.factories.orders import TOTAL, a_placed_order, pay
from tests.factories.staff import a_staff_member, a_superuser, browser_of, list_page, object_page, told

pytestmark = pytest.mark.django_db

BALANCE = "/admin/books/posting/trial-balance/"


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def test_a_posting_shows_its_lines_by_side(browser: Browser) -> None:
    pay(a_placed_order(), TOTAL)
    page = told(browser.get(object_page("books.posting", Posting.objects.get(kind="captured").pk)))
    assert "Cash: bank_transfer" in page
    assert page.count("27.50 EUR") >= 2


def test_the_list_leads_to_the_trial_balance(browser: Browser) -> None:
    a_placed_order()
    assert BALANCE in browser.get(list_page("books.posting")).content.decode()


def test_the_trial_balance_shows_both_sides_and_that_they_are_even(browser: Browser) -> None:
    north = a_client("North")
    pay(a_placed_order(north), 1_000)
    a_placed_order(a_client("South"))
    page = told(browser.get(BALANCE, {"client": str(north.pk), "day": ""}))
    assert "17.50 EUR" in page
    assert page.count("27.50 EUR") == 3
    assert page.count("17.50 EUR") == 2, "of receivables, and of those of this month"
    assert "55.00 EUR" in told(browser.get(BALANCE))


def test_a_day_before_anything_was_posted_has_nothing(browser: Browser) -> None:
    a_placed_order()
    assert "Nothing was posted." in told(browser.get(BALANCE, {"client": "", "day": "2020-01-01"}))


def test_a_day_that_is_none_is_said(browser: Browser) -> None:
    assert browser.get(BALANCE, {"client": "", "day": "yesterday"}).status_code == 400


def test_who_may_not_see_the_books_does_not() -> None:
    assert browser_of(a_staff_member()).get(BALANCE).status_code == 403
