"""The routes of an order's refunds."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core.actors import Actor
from core.api.etags import etag
from core.models import Client
from orders.actions import Asked, refund_items
from orders.models import Order
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.orders import TOTAL, a_draft, a_placed_order, assert_everything_adds_up, pay, reload
from tests.factories.staff import a_person
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def client() -> Client:
    return a_client()


@pytest.fixture
def caller(client: Client) -> Caller:
    return Caller(client, ("orders:read", "payments:read", "payments:write"))


@pytest.fixture
def order(client: Client) -> Order:
    order = a_placed_order(client)
    pay(order)
    return reload(order)


def refunds(order: Order, more: str = "") -> str:
    return f"/api/v1/orders/{order.pk}/refunds/{more}"


def units(order: Order, quantity: int) -> list[dict[str, Any]]:
    return [{"line_id": str(order.lines.get(sku="A").pk), "quantity": quantity}]


def test_a_refund_is_answered_with_what_it_came_to(caller: Caller, order: Order) -> None:
    body = {"lines": units(order, 2), "goodwill": 10, "reason": "damaged", "note": "Chipped"}
    response = caller.post(refunds(order), body, idempotency_key="k")
    document = read(response, 201)
    assert {name: document[name] for name in ("status", "reason", "note", "to", "credited", "amount", "currency")} == {
        "status": "succeeded", "reason": "damaged", "note": "Chipped", "to": "original", "credited": 510,
        "amount": 510, "currency": "EUR",
    }  # fmt: skip
    assert [(each["kind"], each["quantity"], each["amount"]) for each in document["lines"]] == [
        ("goods", 2, 500), ("goodwill", 0, 10),
    ]  # fmt: skip
    assert [part["amount"] for part in document["parts"]] == [510]
    assert response.headers["ETag"] == etag(reload(order).version)
    assert read(caller.get(refunds(order)))["results"] == [document]
    told = read(caller.get(f"/api/v1/orders/{order.pk}/"))
    assert (told["refunded"], told["due"], [line["credited"] for line in told["lines"]]) == (510, 0, [2, 0])
    assert_everything_adds_up()


def test_the_same_key_refunds_once(caller: Caller, order: Order) -> None:
    body = {"lines": units(order, 1), "reason": "other"}
    first = caller.post(refunds(order), body, idempotency_key="k")
    with nothing_changes():
        assert caller.post(refunds(order), body, idempotency_key="k").content == first.content


def test_a_preview_says_the_same_and_changes_nothing(caller: Caller, order: Order) -> None:
    asked = {"everything": True, "amount": 100}
    with nothing_changes():
        told = read(caller.post(refunds(order, "preview/"), asked))
    done = read(caller.post(refunds(order), {**asked, "reason": "late"}, idempotency_key="k"), 201)
    assert {name: done[name] for name in told} == told
    assert (told["credited"], told["amount"]) == (TOTAL, 100)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("/reason", "required")}),
        ({"reason": "other", "lines": [{"line_id": "x", "quantity": 1}]}, {("/lines/0/line_id", "invalid")}),
        ({"reason": "nonsense"}, {("/reason", "invalid_choice")}),
        ({"reason": "other", "goodwill": 0}, {("/goodwill", "min_value")}),
        ({"reason": "other", "everything": True, "delivery": 1}, {("/everything", "not_both")}),
        ({"reason": "other", "goodwill": 1, "to": "store_credit"}, {("/to", "no_customer")}),
        ({"reason": "other", "goodwill": 1, "to": "gift_card"}, {("/gift_card_id", "not_both")}),
    ],
)
def test_bad_input_is_named(caller: Caller, order: Order, body: Any, expected: set[tuple[str, str]]) -> None:
    with nothing_changes():
        found = problem(caller.post(refunds(order), body, idempotency_key="k"), 400, "invalid_input")
    assert pointers(found) == expected


def test_more_than_is_left_is_a_conflict_that_says_what_is(caller: Caller, order: Order) -> None:
    with nothing_changes():
        body = {"lines": units(order, 4), "reason": "other"}
        found = problem(caller.post(refunds(order), body, idempotency_key="k"), 409, "credit_too_large")
    assert (found["detail"], found["left"]) == ("3 of 3 units of A are left to credit.", 3)


def test_nothing_to_credit_of_an_order_that_is_not_overpaid_is_a_conflict(caller: Caller, order: Order) -> None:
    with nothing_changes():
        problem(caller.post(refunds(order), {"reason": "other"}, idempotency_key="k"), 409, "nothing_to_refund")
        problem(caller.post(refunds(order, "preview/"), {}), 409, "nothing_to_refund")


def test_a_draft_has_nothing_to_refund(caller: Caller, client: Client) -> None:
    draft = a_draft(client)
    with nothing_changes():
        body = {"everything": True, "reason": "other"}
        problem(caller.post(refunds(draft), body, idempotency_key="k"), 409, "operation_refused")


def test_a_key_may_approve_or_reject_what_staff_asked_for(caller: Caller, order: Order) -> None:
    agent = Actor.staff(a_person("support_agent", email="agent@example.com"))
    dear = a_placed_order(Client.objects.get(pk=order.client_id), units={"A": 30})
    pay(dear)
    first, second = (refund_items(dear.pk, asked=Asked(everything=True), reason="other", actor=agent) for _ in range(2))
    assert (first.status, second.status) == ("requested", "requested")
    rejected = read(caller.post(refunds(dear, f"{first.pk}/reject/"), {"reason": "Twice"}, idempotency_key="a"))
    assert (rejected["status"], rejected["rejection"]) == ("rejected", "Twice")
    approved = read(caller.post(refunds(dear, f"{second.pk}/approve/"), idempotency_key="b"))
    assert (approved["status"], approved["amount"], approved["above_limit"]) == ("succeeded", 7_500, True)
    assert approved["actor"]["kind"] == "staff"
    assert approved["decided_by"]["kind"] == "client"
    assert_everything_adds_up()


def test_a_list_of_many_costs_as_much_as_of_one(caller: Caller, order: Order) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(caller.get(refunds(order)))
        return len(asked)

    caller.post(refunds(order), {"goodwill": 1, "reason": "other"}, idempotency_key="1")
    few = statements()
    for number in range(5):
        caller.post(refunds(order), {"goodwill": 1, "reason": "other"}, idempotency_key=f"k{number}")
    assert statements() == few
