"""Payment, fulfilment and return status from the figures alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.derivation import fulfilment_status, payment_status, return_status
from orders.models import Order, OrderLine
from orders.statuses import OrderStatus

DRAFT, PLACED = "draft", "placed"


@pytest.mark.parametrize(
    ("status", "charged", "captured", "refunded", "credited", "written_off", "expected"),
    [
        (DRAFT, 0, 0, 0, 0, 0, "unpaid"),
        (PLACED, 0, 0, 0, 0, 0, "nothing_due"),
        (PLACED, 100, 0, 0, 0, 0, "unpaid"),
        (PLACED, 100, 40, 0, 0, 0, "part_paid"),
        (PLACED, 100, 100, 0, 0, 0, "paid"),
        (PLACED, 100, 101, 0, 0, 0, "overpaid"),
        (PLACED, 100, 100, 30, 0, 0, "part_refunded"),
        (PLACED, 100, 100, 100, 0, 0, "refunded"),
        (PLACED, 100, 0, 0, 100, 0, "nothing_due"),
        (PLACED, 100, 0, 0, 0, 100, "nothing_due"),
        (PLACED, 100, 40, 0, 0, 60, "paid"),
        (PLACED, 100, 100, 0, 100, 0, "overpaid"),
        (PLACED, 200, 100, 0, 100, 0, "paid"),
        (PLACED, 1000, 2000, 1000, 0, 0, "paid"),
        (PLACED, 1000, 1500, 200, 0, 0, "overpaid"),
        (PLACED, 1000, 1500, 500, 0, 0, "paid"),
        (PLACED, 1000, 1500, 600, 0, 0, "part_refunded"),
        (PLACED, 1000, 500, 500, 0, 0, "refunded"),
        (PLACED, 1000, 1500, 500, 1000, 0, "overpaid"),
        (PLACED, 1000, 1000, 1000, 1000, 0, "refunded"),
        (PLACED, 1000, 1000, 300, 300, 0, "paid"),
        (PLACED, 1000, 1000, 300, 0, 300, "paid"),
        (PLACED, 1000, 1000, 300, 0, 100, "part_refunded"),
        (PLACED, 1000, 600, 600, 0, 1000, "refunded"),
        ("cancelled", 1000, 1000, 0, 1000, 0, "overpaid"),
        ("cancelled", 1000, 1000, 400, 1000, 0, "overpaid"),
        ("cancelled", 0, 0, 0, 0, 0, "nothing_due"),
    ],
)
def test_payment_status(
    status: str, charged: int, captured: int, refunded: int, credited: int, written_off: int, expected: str
) -> None:
    order = paid_order(
        status=status, charged=charged, captured=captured, refunded=refunded, credited=credited, written_off=written_off
    )
    assert payment_status(order) == expected


def paid_order(*, status: str = PLACED, **money: int) -> Order:
    return Order(status=status, total=100, **money)


AMOUNT = st.one_of(st.integers(0, 3), st.integers(0, 10**15))


@st.composite
def any_money(draw: st.DrawFn) -> Order:
    """Any order that the database's constraints let be: refunded within captured, credited within charged."""
    status = draw(st.sampled_from(OrderStatus.values))
    charged, captured = (0 if status == DRAFT else draw(AMOUNT)), draw(AMOUNT)
    credited = draw(st.integers(0, charged))
    return paid_order(
        status=status,
        charged=charged,
        captured=captured,
        refunded=draw(st.one_of(st.just(captured), st.integers(0, captured))),
        credited=credited,
        written_off=draw(st.integers(0, charged - credited)),
    )


@given(any_money())
def test_the_payment_status_says_what_is_due_and_what_came_back(order: Order) -> None:
    due = order.total + order.refunded - order.captured if order.status == DRAFT else order.due
    kept, status = order.captured - order.refunded, payment_status(order)
    assert (status == "overpaid") == (due < 0)
    assert (status in {"unpaid", "part_paid", "part_refunded"}) <= (due > 0)
    assert (status in {"paid", "nothing_due"}) <= (due == 0)
    assert (status == "paid") == (due == 0 and kept > 0)
    assert (status in {"part_refunded", "refunded"}) == (order.refunded > 0 and due >= 0 and not (due == 0 < kept))
    assert (status in {"unpaid", "nothing_due", "refunded"}) <= (kept == 0)
    assert (status in {"part_paid", "part_refunded"}) <= (kept > 0)


@given(any_money(), st.integers(1, 10**15))
def test_money_that_came_and_went_back_in_full_never_makes_an_order_less_paid(order: Order, amount: int) -> None:
    before = payment_status(order)
    order.captured += amount
    order.refunded += amount
    recovered = {"part_paid": "part_refunded", "unpaid": "refunded", "nothing_due": "refunded"}
    assert payment_status(order) == recovered.get(before, before)


def lines(*counters: tuple[int, ...]) -> list[OrderLine]:
    """(quantity, cancelled, shipped, delivered, undelivered, returned) each."""
    names = ("quantity", "cancelled", "shipped", "delivered", "undelivered", "returned")
    return [OrderLine(**dict(zip(names, each, strict=True))) for each in counters]


@pytest.mark.parametrize(
    ("counters", "fulfilment", "returned"),
    [
        ([(3, 0, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0)], "unfulfilled", "none"),
        ([(3, 0, 1, 0, 0, 0), (2, 0, 0, 0, 0, 0)], "part_shipped", "none"),
        ([(3, 0, 3, 3, 0, 0), (2, 0, 0, 0, 0, 0)], "part_shipped", "none"),
        ([(3, 0, 3, 0, 0, 0), (2, 0, 2, 0, 0, 0)], "shipped", "none"),
        ([(3, 0, 3, 1, 0, 0), (2, 0, 2, 0, 0, 0)], "part_delivered", "none"),
        ([(3, 0, 3, 3, 0, 0), (2, 0, 2, 2, 0, 0)], "delivered", "none"),
        ([(3, 0, 3, 3, 0, 0), (2, 0, 2, 0, 2, 0)], "delivered", "none"),
        ([(3, 0, 3, 0, 3, 0), (2, 0, 2, 0, 0, 0)], "shipped", "none"),
        ([(3, 0, 3, 0, 3, 0), (2, 0, 2, 0, 2, 0)], "undelivered", "none"),
        ([(3, 0, 3, 0, 3, 0), (2, 0, 0, 0, 0, 0)], "part_shipped", "none"),
        ([(3, 0, 3, 3, 0, 1), (2, 0, 2, 2, 0, 0)], "delivered", "part_returned"),
        ([(3, 0, 3, 3, 0, 3), (2, 0, 2, 0, 2, 0)], "delivered", "returned"),
        ([(3, 0, 3, 3, 0, 3), (2, 0, 2, 2, 0, 2)], "delivered", "returned"),
        ([(3, 0, 3, 2, 0, 2), (2, 0, 0, 0, 0, 0)], "part_shipped", "returned"),
        ([(3, 3, 0, 0, 0, 0), (2, 2, 0, 0, 0, 0)], "nothing_to_ship", "none"),
        ([(3, 1, 2, 2, 0, 0)], "delivered", "none"),
        ([], "nothing_to_ship", "none"),
    ],
)
def test_fulfilment_and_return_status(counters: list[tuple[int, ...]], fulfilment: str, returned: str) -> None:
    assert fulfilment_status(lines(*counters)) == fulfilment
    assert return_status(lines(*counters)) == returned
