"""One payment by card under racing threads: it is captured once, and one answer counts, whoever brings it.

The controls run with the order's lock off: then the database alone refuses.
"""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from orders.actions import cancel_order, capture_payment_of, pay_by_card, settle_attempt, void_payment
from orders.errors import PaymentBusy
from orders.models import Order
from orders.payments.gateways import Answer, Outcome
from orders.payments.models import LedgerEntry, Payment, PaymentAttempt
from tests.concurrency.racing import at_once, race
from tests.factories.core import cause, timeline
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_placed_order,
    an_authorised_payment,
    assert_everything_adds_up,
    ledger,
)

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 10
DONE = Answer(Outcome.SUCCEEDED, reference="ch_1")
DECLINED = Answer(Outcome.DECLINED, code="late")


def an_asked_payment() -> tuple[Order, Payment, PaymentAttempt]:
    order = a_placed_order()
    payment = pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    return order, payment, payment.attempts.get()


def test_a_notice_that_races_the_answer_of_the_call_counts_once() -> None:
    order, payment, attempt = an_asked_payment()

    at_once(*[partial(settle_attempt, attempt.pk, DONE, actor=ACTOR)] * THREADS)

    assert ledger(order) == [("charged", TOTAL), ("authorised", TOTAL)]
    assert [each.kind for each in payment.attempts.order_by("id")] == ["authorise", "capture"]
    assert timeline(order.pk).count("payment.authorised") == 1
    assert_everything_adds_up()


def test_of_two_answers_that_differ_one_counts() -> None:
    order, payment, attempt = an_asked_payment()
    answers = [DONE, DECLINED] * (THREADS // 2)

    at_once(*[partial(settle_attempt, attempt.pk, answer, actor=ACTOR) for answer in answers])

    payment.refresh_from_db()
    assert (payment.status, payment.authorised) in {("authorised", TOTAL), ("failed", 0)}
    assert timeline(order.pk).count("payment.authorised") + timeline(order.pk).count("payment.declined") == 1
    assert_everything_adds_up()


def test_ten_captures_ask_for_one() -> None:
    order = a_placed_order()
    payment = an_authorised_payment(order)

    outcomes = race([partial(capture_payment_of, order.pk, payment.pk, actor=ACTOR)] * 20, threads=THREADS)

    assert [type(each) for each in outcomes].count(Payment) == 1
    assert {type(each) for each in outcomes} == {Payment, PaymentBusy}
    assert payment.attempts.filter(kind="capture").count() == 1


def test_a_capture_a_void_and_a_cancellation_leave_one_thing_under_way() -> None:
    order = a_placed_order()
    payment = an_authorised_payment(order)

    at_once(
        partial(capture_payment_of, order.pk, payment.pk, actor=ACTOR),
        partial(void_payment, order.pk, payment.pk, actor=ACTOR),
        partial(cancel_order, order.pk, reason="Enough", actor=ACTOR),
    )

    waiting = payment.attempts.get(settled_at=None)
    settle_attempt(waiting.pk, DONE, actor=ACTOR)
    payment.refresh_from_db()
    assert (waiting.kind, payment.status, payment.captured) in {
        ("capture", "captured", TOTAL), ("void", "voided", 0),
    }  # fmt: skip
    assert_everything_adds_up()


def enter_unlocked(payment: Payment, both_asked: threading.Barrier, version: int) -> None:
    with transaction.atomic():
        read = Payment.objects.get(pk=payment.pk)
        both_asked.wait(10)
        of_it = {"order_id": read.order_id, "payment": read, "kind": "captured"}
        LedgerEntry.objects.create(**of_it, amount=read.authorised, **{**cause(), "version": version})


def test_control_without_the_lock_the_database_alone_stops_the_second_capture() -> None:
    order = a_placed_order()
    payment = an_authorised_payment(order)
    both_asked = threading.Barrier(2)

    outcomes = at_once(*[partial(enter_unlocked, payment, both_asked, version) for version in (90, 91)])

    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, IntegrityError)
    assert "order_authorised_not_negative" in str(failed)
    payment.refresh_from_db()
    assert payment.captured == TOTAL


def ask_unlocked(payment: Payment, both_asked: threading.Barrier) -> None:
    with transaction.atomic():
        assert not payment.attempts.filter(settled_at=None).exists()
        both_asked.wait(10)
        PaymentAttempt.objects.create(payment=payment, kind="capture", amount=TOTAL, **cause())


def test_control_without_the_lock_the_database_alone_stops_the_second_attempt() -> None:
    payment = an_authorised_payment(a_placed_order())
    both_asked = threading.Barrier(2)

    outcomes = at_once(*[partial(ask_unlocked, payment, both_asked)] * 2)

    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, IntegrityError)
    assert "attempt_one_at_a_time" in str(failed)
