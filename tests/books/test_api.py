"""GET /books/postings/ and /books/trial-balance/."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Client, ClientKind
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read
from tests.factories.orders import TOTAL, a_placed_order, pay

pytestmark = pytest.mark.django_db

POSTINGS = "/api/v1/books/postings/"


@pytest.fixture
def storefront() -> Client:
    return a_client("North")


def test_a_storefront_sees_its_own_newest_first(storefront: Client) -> None:
    order = a_placed_order(storefront)
    pay(order, TOTAL)
    a_placed_order(a_client("South"))
    told = read(Caller(storefront, ("books:read",)).get(POSTINGS))["results"]
    assert [(each["kind"], each["subject_id"]) for each in told] == [
        ("captured", str(order.pk)),
        ("charged", str(order.pk)),
    ]
    assert told[0]["lines"] == [
        {"account": "cash", "detail": "bank_transfer", "amount": TOTAL},
        {"account": "receivable", "detail": "", "amount": -TOTAL},
    ]


def test_a_back_office_sees_all_of_them(storefront: Client) -> None:
    a_placed_order(storefront)
    a_placed_order(a_client("South"))
    office = Caller(a_client("Office", ClientKind.BACK_OFFICE), ("books:read",))
    assert len(read(office.get(POSTINGS))["results"]) == 2


def test_filters_choose(storefront: Client) -> None:
    first, second = (a_placed_order(storefront) for _ in range(2))
    pay(first, TOTAL)
    caller = Caller(storefront, ("books:read",))
    assert len(read(caller.get(f"{POSTINGS}?subject_id={first.pk}"))["results"]) == 2
    assert [each["subject_id"] for each in read(caller.get(f"{POSTINGS}?kind=captured"))["results"]] == [str(first.pk)]
    assert read(caller.get(f"{POSTINGS}?currency=USD"))["results"] == []
    assert second.pk != first.pk


def test_a_key_without_the_scope_is_refused(storefront: Client) -> None:
    problem(Caller(storefront, ("orders:read",)).get(POSTINGS), 403, "scope_missing")


def test_a_page_takes_as_many_statements_as_one_posting(storefront: Client) -> None:
    caller = Caller(storefront, ("books:read",))
    counts = []
    for _ in range(2):
        a_placed_order(storefront)
        caller.get(POSTINGS)
        with CaptureQueriesContext(connection) as queries:
            caller.get(POSTINGS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


class TestTrialBalance:
    path = "/api/v1/books/trial-balance/"

    def test_a_back_office_sees_what_all_storefronts_came_to_by_currency(self, storefront: Client) -> None:
        pay(a_placed_order(storefront), 1_000)
        a_placed_order(a_client("South"))
        office = Caller(a_client("Office", ClientKind.BACK_OFFICE), ("books:read",))
        assert read(office.get(self.path)) == {
            "on": None,
            "currencies": [
                {
                    "currency": "EUR",
                    "balances": [
                        _balance("receivable", "1400", debit=2 * TOTAL - 1_000),
                        _balance("cash", "1200", "bank_transfer", debit=1_000),
                        _balance("goods", "8000", credit=2 * TOTAL),
                    ],
                    "debit": 2 * TOTAL,
                    "credit": 2 * TOTAL,
                }
            ],
        }

    def test_a_storefront_sees_its_own(self, storefront: Client) -> None:
        a_placed_order(storefront)
        a_placed_order(a_client("South"))
        told = read(Caller(storefront, ("books:read",)).get(self.path))
        assert told["currencies"][0]["debit"] == TOTAL

    def test_a_day_counts_to_its_end_by_the_server_s_time_zone(self, storefront: Client) -> None:
        last = dt.datetime(2026, 1, 31, 23, 59, 59, tzinfo=timezone.get_default_timezone())
        with time_machine.travel(last, tick=False):
            order = a_placed_order(storefront)
        with time_machine.travel(last + dt.timedelta(seconds=1), tick=False):
            pay(order, TOTAL)
        caller = Caller(storefront, ("books:read",))

        def on(day: str) -> list[str]:
            told = read(caller.get(f"{self.path}?on={day}"))
            assert told["on"] == day
            return [each["account"] for currency in told["currencies"] for each in currency["balances"]]

        assert on("2026-01-30") == []
        assert on("2026-01-31") == ["receivable", "goods"]
        assert on("2026-02-01") == ["cash", "goods"]

    def test_a_day_that_is_none_and_a_key_without_the_scope_are_refused(self, storefront: Client) -> None:
        refusal = problem(Caller(storefront, ("books:read",)).get(f"{self.path}?on=2026-02-30"), 400, "bad_request")
        assert [each["pointer"] for each in refusal["errors"]] == ["?on"]
        problem(Caller(storefront, ("orders:read",)).get(self.path), 403, "scope_missing")


def _balance(account: str, number: str, detail: str = "", *, debit: int = 0, credit: int = 0) -> dict[str, object]:
    return {"account": account, "number": number, "detail": detail, "debit": debit, "credit": credit}
