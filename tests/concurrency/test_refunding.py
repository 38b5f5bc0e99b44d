"""Refunds of one order under racing threads: no unit is credited twice and no money goes back twice.

The controls run with the order's lock off: then the database alone refuses.
"""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from orders.actions import Asked, UnitsAsked, cancel_order, refund_items, refund_payment
from orders.errors import CreditTooLarge
from orders.models import Order
from orders.payments.models import LedgerEntry, Payment
from orders.refunds.models import Refund, RefundLine
from tests.concurrency.racing import at_once, race
from tests.factories.core import cause
from tests.factories.orders import ACTOR, TOTAL, a_placed_order, assert_everything_adds_up, pay, reload

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 12


def a_paid_order(units: dict[str, int]) -> Order:
    order = a_placed_order(units=units)
    pay(order)
    return reload(order)


def test_twelve_threads_refund_ten_units_once_each() -> None:
    order = a_paid_order({"A": 10})
    one = Asked([UnitsAsked(order.lines.get().pk, 1)])
    attempts = [partial(refund_items, order.pk, asked=one, reason="other", actor=ACTOR)] * 24

    outcomes = race(attempts, threads=THREADS)

    done = [each for each in outcomes if isinstance(each, Refund)]
    assert len(done) == 10
    assert {type(each).__name__ for each in outcomes} <= {"Refund", "CreditTooLarge", "OperationRefused"}
    order = reload(order)
    assert (order.credited, order.refunded, order.due, order.lines.get().credited) == (2_500, 2_500, 0, 10)
    assert_everything_adds_up()


def test_a_refund_of_everything_against_a_cancellation_gives_back_once() -> None:
    for _ in range(5):
        order = a_paid_order({"A": 3, "B": 2})
        at_once(
            partial(refund_items, order.pk, asked=Asked(everything=True), reason="other", actor=ACTOR),
            partial(cancel_order, order.pk, reason="Enough", actor=ACTOR),
            partial(refund_items, order.pk, asked=Asked(everything=True), reason="other", actor=ACTOR),
        )
        order = reload(order)
        assert (order.credited, order.status) == (TOTAL, "cancelled")
        assert order.refunded in {0, TOTAL}
    assert_everything_adds_up()


def test_refunds_of_items_and_of_a_payment_never_give_back_more_than_came_in() -> None:
    order = a_paid_order({"A": 3, "B": 2})
    payment = Payment.objects.get(order=order)
    at_once(
        *[partial(refund_items, order.pk, asked=Asked(everything=True), reason="other", actor=ACTOR)] * 3,
        *[partial(refund_payment, order.pk, payment.pk, amount=TOTAL, actor=ACTOR)] * 3,
    )
    payment.refresh_from_db()
    assert payment.refunded == payment.captured == TOTAL
    assert_everything_adds_up()


def credit_unlocked(order: Order, both_asked: threading.Barrier) -> None:
    """As a refund does, but for the lock of the order."""
    with transaction.atomic():
        line = order.lines.get()
        both_asked.wait(10)
        refund = Refund.objects.create(
            order=order, reason="other", to="original", asked={}, credited=line.total, amount=0, **cause()
        )
        RefundLine.objects.create(refund=refund, kind="goods", line=line, quantity=line.to_credit, amount=line.total)


def test_control_without_the_lock_the_database_alone_stops_the_second_credit() -> None:
    order = a_paid_order({"A": 10})
    both_asked = threading.Barrier(2)

    outcomes = at_once(*[partial(credit_unlocked, order, both_asked)] * 2)

    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, IntegrityError)
    assert "line_credited_within_quantity" in str(failed)
    assert order.lines.get().credited == 10


def give_back_unlocked(payment: Payment, both_asked: threading.Barrier, version: int) -> None:
    with transaction.atomic():
        left = Payment.objects.get(pk=payment.pk).refundable
        both_asked.wait(10)
        of_it = {"order_id": payment.order_id, "payment": payment, "kind": "refunded"}
        LedgerEntry.objects.create(**of_it, amount=left, **{**cause(), "version": version})


def test_control_without_the_lock_the_database_alone_stops_the_second_refund() -> None:
    order = a_paid_order({"A": 10})
    payment = Payment.objects.get(order=order)
    both_asked = threading.Barrier(2)

    outcomes = at_once(*[partial(give_back_unlocked, payment, both_asked, version) for version in (90, 91)])

    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, IntegrityError)
    assert "refunded_within_captured" in str(failed) or "refunded_captured_authorised" in str(failed)
    payment.refresh_from_db()
    assert payment.refunded == payment.captured


def test_what_is_refused_in_a_race_is_refused_by_name() -> None:
    order = a_paid_order({"A": 1})
    everything = partial(refund_items, order.pk, asked=Asked(everything=True), reason="other", actor=ACTOR)
    outcomes = at_once(*[everything] * 4)
    refused = [each for each in outcomes if not isinstance(each, Refund)]
    assert len(refused) == 3
    assert all(isinstance(each, CreditTooLarge) or type(each).__name__ == "OperationRefused" for each in refused)
