"""GET /books/postings/."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
