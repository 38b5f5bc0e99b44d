"""Each error that may be planted in refunds is found and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from core.models import Event
from orders.actions import Asked, UnitsAsked, refund_items
from orders.models import Order
from orders.queries import verification
from orders.refunds.models import Refund
from tests.factories.orders import ACTOR, a_placed_order, pay, reload
from tests.factories.watching import as_superuser

pytestmark = pytest.mark.django_db


def a_refunded_order() -> tuple[Order, Refund]:
    order = reload(a_placed_order(shipping=495))
    pay(order)
    line = order.lines.get(sku="A")
    asked = Asked([UnitsAsked(line.pk, 2)], delivery=195)
    return order, refund_items(order.pk, asked=asked, reason="other", actor=ACTOR)


def found(order: Order) -> set[str]:
    orders = list(Order.objects.filter(pk=order.pk).prefetch_related("lines", "payments"))
    wrong = [*verification.discrepancies_of(orders), *verification.postings_off(orders)]
    return {each.what for each in wrong}


def test_nothing_is_wrong_with_a_refund() -> None:
    order, _ = a_refunded_order()
    assert found(order) == set()


PLANTED: dict[str, tuple[str, Callable[[Refund], set[str]]]] = {
    "units of a line": (
        "UPDATE orders_orderline SET credited = 3 WHERE sku = 'A'",
        lambda _: {"units credited of A"},
    ),
    "a delivery": (
        "UPDATE orders_deliverycharge SET credited = 196",
        lambda _: {"credited of delivery Delivery"},
    ),
    "the amount of a line": (
        "UPDATE orders_refundline SET amount = amount + 1 WHERE kind = 'goods'",
        lambda refund: {f"credited by refund {refund.pk}", "credited of A", "charged less credited"},
    ),
    "the credit of a refund": (
        "UPDATE orders_refund SET credited = credited + 1",
        lambda refund: {f"credited by refund {refund.pk}", f"told as credited by refund {refund.pk}"},
    ),
    "the amount of a refund": (
        "UPDATE orders_refund SET amount = amount - 1",
        lambda refund: {f"given back by refund {refund.pk}", f"told as given back by refund {refund.pk}"},
    ),
    "a part": (
        "UPDATE orders_refundpart SET amount = amount + 1",
        lambda refund: {f"given back by refund {refund.pk}"},
    ),
    "a refund that was never given": (
        "UPDATE orders_refund SET status = 'rejected'",
        lambda refund: {
            f"credited by refund {refund.pk}", f"told as credited by refund {refund.pk}",
            f"given back by refund {refund.pk}", f"told as given back by refund {refund.pk}",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_named(planted: str) -> None:
    order, refund = a_refunded_order()
    statement, expected = PLANTED[planted]
    with as_superuser(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert {each for each in found(order) if "posting" not in each} == expected(refund)


def test_a_posting_of_other_goods_is_found() -> None:
    """A credit that was posted as goodwill, of every account alike, and not as what its units are."""
    order, refund = a_refunded_order()
    with as_superuser(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE books_postingline SET amount = amount + 1 WHERE account = 'goods' AND posting_id IN"
            " (SELECT id FROM books_posting WHERE kind = 'credited')"
        )
    assert found(order) == {f"posting credited at version {refund.decided_version} to goods"}


def test_an_event_that_tells_of_another_amount_is_found() -> None:
    order, refund = a_refunded_order()
    with as_superuser():
        event = Event.objects.get(subject_id=order.pk, type="refund.approved")
        Event.objects.filter(pk=event.pk).update(data={**event.data, "credited": 1})
    assert found(order) == {f"told as credited by refund {refund.pk}"}
