"""What the money panel of an order's page says is so, whatever the order went through."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.db import connection

from orders.actions import cancel_order
from orders.models import Order
from orders.payments.actions import refund_payment, write_off_balance
from orders.payments.admin.panels import money_panel, standing
from orders.payments.models import Payment
from orders.payments.statuses import LedgerKind
from orders.statuses import OrderStatus, PaymentTerms
from shipping.models import Shipment
from tests.factories.orders import ACTOR, TOTAL, a_draft, a_placed_order, an_order, pay, reload
from tests.factories.shipping import a_shipment, an_order_on_account, the_order
from tests.factories.staff import a_superuser, browser_of, object_page, told

pytestmark = pytest.mark.django_db


def part_paid() -> Order:
    order = a_placed_order()
    pay(order, 1_000)
    return order


def cancelled_though_paid() -> Order:
    order = a_placed_order()
    pay(order)
    return cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)


def refunded(order: Order, amount: int | None = None) -> Order:
    payment = Payment.objects.get(order=order)
    refund_payment(order.pk, payment.pk, amount=amount or payment.captured, note="", actor=ACTOR)
    return order


def written_off(order: Order) -> Order:
    write_off_balance(order.pk, note="Never mind", actor=ACTOR)
    return order


def came_back() -> Order:
    return the_order(a_shipment(status="returned"))


def came_back_though_paid() -> Order:
    order = came_back()
    pay(order)
    return order


STANDINGS: dict[str, tuple[Callable[[], Order], tuple[str, int]]] = {
    "a draft": (a_draft, ("Due once placed", TOTAL)),
    "placed": (a_placed_order, ("Balance due", TOTAL)),
    "on account": (an_order_on_account, ("Due, on account", TOTAL)),
    "part paid": (part_paid, ("Balance due", TOTAL - 1_000)),
    "paid": (lambda: an_order("processing"), ("Paid", 0)),
    "completed": (lambda: an_order("completed"), ("Paid", 0)),
    "cancelled unpaid": (lambda: an_order("cancelled"), ("Nothing due", 0)),
    "cancelled though paid": (cancelled_though_paid, ("To give back", TOTAL)),
    "cancelled and given back": (lambda: refunded(cancelled_though_paid()), ("Given back", 0)),
    "given back though delivered": (lambda: refunded(an_order("delivered"), 700), ("Balance due", 700)),
    "written off": (lambda: written_off(a_placed_order()), ("Written off", 0)),
    "part paid, the rest written off": (lambda: written_off(part_paid()), ("Paid in part, the rest written off", 0)),
    "came back unpaid": (came_back, ("Due, on account", TOTAL)),
    "came back though paid": (came_back_though_paid, ("Paid, though goods came back", 0)),
}


@pytest.mark.parametrize("history", STANDINGS)
def test_the_panel_says_how_the_money_stands(history: str) -> None:
    make, said = STANDINGS[history]
    words, _, left = standing(reload(make()))
    assert (words, left) == said


def test_the_panel_tells_of_goods_that_came_back() -> None:
    order = came_back_though_paid()
    assert ("Came back", "5 of 5 units") in money_panel(reload(order)).rows
    text = told(browser_of(a_superuser()).get(object_page("orders.order", order.pk)))
    assert "Paid, though goods came back" in text
    assert "Balanced" not in text
    assert Shipment.objects.get().status == "returned"


def test_the_panel_s_figures_are_those_of_the_books() -> None:
    order = reload(refunded(cancelled_though_paid(), 700))
    rows = [(label, amount) for label, amount in money_panel(order).rows if label in LedgerKind.labels]
    assert rows == [
        ("Charged", "27.50 EUR"), ("Credited", "-27.50 EUR"), ("Captured", "-27.50 EUR"), ("Refunded", "7.00 EUR"),
    ]  # fmt: skip


def test_the_panel_tells_what_the_books_do_not_have() -> None:
    order = reload(part_paid())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        cursor.execute(
            "DELETE FROM books_postingline USING books_posting p WHERE p.id = posting_id AND kind = 'captured'"
        )
    rows = [tuple(map(str, row)) for row in money_panel(order).rows]
    assert [amount for label, amount in rows if "Not in the books" in label] == ["-10.00 EUR"]
    assert not any("Captured" in label for label, _ in rows)


@pytest.mark.parametrize("status", OrderStatus)
def test_what_the_panel_says_agrees_with_the_ledger_in_every_status(status: str) -> None:
    """Every combination of a few amounts, whether or not there is a way to it."""
    amounts = (0, 400, 1_000)
    for charged, captured, back, credited, off in itertools.product(amounts, repeat=5):
        if back > captured or credited + off > charged:
            continue
        order = Order(
            status=status, currency="EUR", total=1_000, payment_terms=PaymentTerms.PREPAID,
            charged=charged, captured=captured, refunded=back, credited=credited, written_off=off,
        )  # fmt: skip
        words, _, left = standing(order)
        if status == OrderStatus.DRAFT:
            assert (words, left) == ("Due once placed", 1_000)
            continue
        assert left == abs(order.due)
        assert (order.due < 0) == (words == "To give back")
        assert (order.due > 0) == (words == "Balance due")
        assert (words == "Paid") == (order.due == 0 and captured > back and not off)


def test_a_free_draft_has_nothing_to_pay() -> None:
    assert standing(Order(status="draft", currency="EUR", total=0)) == ("Nothing to pay", "neutral", 0)
