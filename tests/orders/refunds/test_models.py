"""What the database refuses of refunds, whatever the code above does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from core.ids import new_id
from orders.actions import Asked, UnitsAsked, refund_items
from orders.models import Order, OrderLine
from orders.pricing.models import DeliveryCharge
from orders.refunds.models import Refund, RefundLine, RefundPart
from tests.factories.core import cause
from tests.factories.orders import ACTOR, a_placed_order, pay, reload
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


def a_refund(order: Order, **fields: Any) -> Refund:
    """As asked for, of no event."""
    given = {"reason": "other", "to": "original", "asked": {}, "credited": 250, "amount": 0, **cause(), **fields}
    return Refund.objects.create(order=order, **given)


def a_line(refund: Refund, order: Order, quantity: int = 1, amount: int = 250, **fields: Any) -> RefundLine:
    given = {"kind": "goods", "line": order.lines.get(sku="A"), "quantity": quantity, "amount": amount, **fields}
    return RefundLine.objects.create(refund=refund, **given)


def a_succeeded_refund() -> Refund:
    order = a_placed_order()
    pay(order)
    line = order.lines.get(sku="A")
    return refund_items(order.pk, asked=Asked([UnitsAsked(line.pk, 1)]), reason="other", actor=ACTOR)


def test_units_take_their_exact_share() -> None:
    order = a_placed_order()
    refund = a_refund(order)
    with refused_by_the_database("exact share"):
        a_line(refund, order, 1, 251)
    a_line(refund, order, 1, 250)
    assert order.lines.get(sku="A").credited == 1


def test_no_more_units_are_credited_than_there_are() -> None:
    order = a_placed_order()
    refund = a_refund(order)
    with refused_by_the_database("line_credited_within_quantity"):
        a_line(refund, order, 4, 1_000)


def test_no_more_of_a_delivery_is_credited_than_it_costs() -> None:
    order = reload(a_placed_order(shipping=495))
    delivery = order.deliveries.get()
    refund = a_refund(order)
    with refused_by_the_database("delivery_credited_within_total"):
        a_line(refund, order, 0, 496, kind="delivery", line=None, delivery=delivery)


def test_what_is_credited_moves_by_no_other_way() -> None:
    order = reload(a_placed_order(shipping=495))
    for rows in (OrderLine.objects.filter(order=order), DeliveryCharge.objects.filter(order=order)):
        with refused_by_the_database("moves only by inserting a line of a refund"):
            rows.update(credited=1)


def test_a_line_of_another_order_is_refused() -> None:
    refund, other = a_refund(a_placed_order()), a_placed_order()
    with refused_by_the_database("a line that its order does not have"):
        a_line(refund, other)


def test_a_payment_of_another_order_is_refused() -> None:
    refund, payment = a_refund(a_placed_order(), amount=1), pay(a_placed_order())
    with refused_by_the_database("a payment that its order does not have"):
        RefundPart.objects.create(refund=refund, payment=payment, amount=1)


@pytest.mark.parametrize(
    ("kind", "quantity", "amount", "of_line"),
    [("goods", 0, 0, True), ("goods", 1, 250, False), ("goodwill", 0, -5, False), ("balance", 0, 0, False)],
)
def test_a_line_fits_its_kind(kind: str, quantity: int, amount: int, of_line: bool) -> None:
    order = a_placed_order()
    refund = a_refund(order)
    line = order.lines.get(sku="A") if of_line else None
    with refused_by_the_database("refund_line_fits_its_kind"):
        RefundLine.objects.create(refund=refund, kind=kind, quantity=quantity, amount=amount, line=line)


def test_a_refund_begins_requested_and_gives_something() -> None:
    order = a_placed_order()
    with refused_by_the_database("Cannot insert rows"):
        a_refund(order, status="succeeded")
    with refused_by_the_database("refund_gives_something"):
        a_refund(order, credited=0)


def test_who_asked_above_the_limit_cannot_decide_even_by_sql() -> None:
    refund = a_refund(a_placed_order(), above_limit=True)
    with refused_by_the_database("refund_above_limit_by_a_second_person"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_refund SET status = 'approved', decided_at = now(), decided_version = version,"
            " decided_by_kind = actor_kind, decided_by_id = actor_id WHERE id = %s",
            [refund.pk],
        )


def test_a_decision_names_its_cause() -> None:
    refund = a_refund(a_placed_order())
    with refused_by_the_database("refund_decision_names_its_cause"):
        Refund.objects.filter(pk=refund.pk).update(decided_by_kind="staff")


def test_what_was_asked_stays_and_so_does_what_was_decided() -> None:
    done = a_succeeded_refund()
    for change in ({"reason": "late"}, {"asked": {"everything": True}}, {"note": "x"}):
        with refused_by_the_database("Cannot update rows"):
            Refund.objects.filter(pk=done.pk).update(**change)
    for settled in ({"amount": 1}, {"credited": 1}, {"decided_by_name": "Eve"}):
        with refused_by_the_database("Cannot update rows"):
            Refund.objects.filter(pk=done.pk).update(**settled)


def test_lines_and_parts_are_for_ever() -> None:
    done = a_succeeded_refund()
    for rows in (done.lines.all(), done.parts.all()):
        with refused_by_the_database("Cannot update or delete rows"):
            rows.update(amount=1)
        with refused_by_the_database("Cannot update or delete rows"):
            rows.delete()
    asked = a_refund(done.order)
    with refused_by_the_database("Cannot delete rows"):
        asked.delete()


def test_one_that_succeeded_is_the_sum_of_its_rows() -> None:
    refund = a_refund(a_placed_order())
    with refused_by_the_database("the sum of its lines and of its parts"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_refund SET status = 'approved', decided_at = now(), decided_version = version,"
            " decided_by_kind = 'system' WHERE id = %s",
            [refund.pk],
        )
        cursor.execute("UPDATE orders_refund SET status = 'succeeded' WHERE id = %s", [refund.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_same_payment_gives_back_once_per_refund() -> None:
    done = a_succeeded_refund()
    part = done.parts.get()
    with refused_by_the_database("refund_part_once_per_payment"):
        RefundPart.objects.create(id=new_id(), refund=done, payment=part.payment, amount=1)
