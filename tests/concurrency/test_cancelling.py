"""Cancelling and reopening under racing threads. The controls run with the order's lock off: both ask
and act, and the database alone refuses the second."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.operations import OperationRefused
from core.relay import run_relay
from inventory.models import Reservation, StockMovement
from orders.actions import cancel_order, record_payment, release_order, reopen_order
from orders.models import Order
from orders.payments.models import LedgerEntry, Payment
from shipping.models import Shipment
from tests.concurrency.racing import at_once
from tests.factories.core import CAUSE, cause, timeline
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_placed_order,
    assert_everything_adds_up,
    ledger,
    pay,
    reload,
    stock,
)

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 10
ROUNDS = 10
FREE = {"A": (3, 0), "B": (2, 0)}
KEPT = {"A": (3, 3), "B": (2, 2)}


def names(outcomes: list[object]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def answered_version(outcome: object) -> int:
    assert isinstance(outcome, Order), outcome
    return outcome.version


def cancelling(order: Order) -> partial[Order]:
    return partial(cancel_order, order.pk, reason="Race", actor=ACTOR)


class TestCancellingTwice:
    def test_acts_once_however_many_try(self) -> None:
        order = a_placed_order()

        outcomes = at_once(*[cancelling(order)] * THREADS)

        assert [answered_version(outcome) for outcome in outcomes] == [reload(order).version] * THREADS
        assert reload(order).status == "cancelled"
        assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL)]
        assert timeline(order.pk).count("order.canceled") == 1
        assert StockMovement.objects.filter(kind="release").count() == 2  # One for each line.
        assert stock() == FREE
        assert_everything_adds_up()

    def test_with_ten_reasons_acts_for_one_of_them_and_tells_the_others_that_it_is_done(self) -> None:
        order = a_placed_order()

        outcomes = at_once(
            *[partial(cancel_order, order.pk, reason=f"Reason {n}", actor=ACTOR) for n in range(THREADS)]
        )

        refused = [outcome for outcome in outcomes if isinstance(outcome, OperationRefused)]
        (acted,) = [answered_version(outcome) for outcome in outcomes if outcome not in refused]
        assert [refusal.context["done"] for refusal in refused] == [True] * (THREADS - 1)
        assert reload(order).version == acted
        assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL)]
        assert timeline(order.pk).count("order.canceled") == 1
        assert stock() == FREE
        assert_everything_adds_up()

    def test_control_without_the_lock_the_database_alone_stops_the_second_credit(self) -> None:
        order = a_placed_order()
        both_asked = threading.Barrier(2)

        def cancel_unlocked() -> None:
            with transaction.atomic():
                read = Order.objects.get(pk=order.pk)
                read.cancel(reason="Race", at=timezone.now())
                both_asked.wait(10)
                LedgerEntry.objects.create(order=read, kind="credited", amount=read.total, **cause())

        outcomes = at_once(cancel_unlocked, cancel_unlocked)
        (failed,) = [outcome for outcome in outcomes if outcome is not None]
        assert isinstance(failed, IntegrityError)
        assert "order_credited_within_charged" in str(failed)
        assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL)]

    def test_control_without_the_lock_the_database_alone_stops_the_second_release(self) -> None:
        order = a_placed_order(units={"A": 3})
        both_asked = threading.Barrier(2)

        def release_unlocked() -> None:
            with transaction.atomic():
                kept = Reservation.objects.get(order_id=order.pk)
                both_asked.wait(10)
                StockMovement.objects.create(
                    variant_id=kept.variant_id, location_id=kept.location_id, kind="release", reserved=-kept.quantity,
                    order_id=order.pk, line_id=kept.line_id, **CAUSE,
                )  # fmt: skip

        outcomes = at_once(release_unlocked, release_unlocked)

        (failed,) = [outcome for outcome in outcomes if outcome is not None]
        assert isinstance(failed, IntegrityError)
        assert stock() == {"A": (3, 0)}


def test_cancel_and_release_end_cancelled_with_no_shipment_left_open() -> None:
    for _ in range(ROUNDS):
        order = a_placed_order()
        pay(order)

        cancelled, released = at_once(cancelling(order), partial(release_order, order.pk, actor=ACTOR))
        run_relay(linger=0.2)

        assert isinstance(cancelled, Order)
        assert type(released).__name__ in {"Order", "OperationRefused"}
        assert reload(order).status == "cancelled"
        assert ("order.released" in timeline(order.pk)) == isinstance(released, Order)
        assert timeline(order.pk).count("order.canceled") == 1
        assert not Shipment.objects.filter(order=order).exclude(status="cancelled").exists()
        assert not Reservation.objects.filter(order_id=order.pk).exists()
    assert_everything_adds_up()


def test_cancel_and_payment_both_happen_and_the_money_is_due_back() -> None:
    for turn in range(ROUNDS):
        order = a_placed_order()
        received: dict[str, Any] = {"method": "cash", "amount": TOTAL, "reference": f"P-{turn}"}
        payment = partial(record_payment, order.pk, **received, allow_overpayment=True, actor=ACTOR)

        cancelled, paid = at_once(cancelling(order), payment)

        assert isinstance(cancelled, Order)
        assert isinstance(paid, Payment)
        kinds = ["authorised", "captured", "charged", "credited"]
        assert sorted(ledger(order)) == [(kind, TOTAL) for kind in kinds]
        assert reload(order).due == -TOTAL
        assert reload(order).payment_status == "overpaid"
    assert_everything_adds_up()


def test_one_payment_that_many_record_at_once_is_recorded_once() -> None:
    order = a_placed_order()
    payment = partial(record_payment, order.pk, method="cash", amount=TOTAL, reference="P-1", actor=ACTOR)

    assert names(at_once(*[payment] * THREADS)) == ["Payment"] + ["PaymentRefused"] * (THREADS - 1)
    assert ledger(order) == [("charged", TOTAL), ("authorised", TOTAL), ("captured", TOTAL)]
    assert_everything_adds_up()


class TestReopeningTwice:
    def test_reserves_and_takes_the_credit_back_once_however_many_try(self) -> None:
        order = a_placed_order()
        cancelling(order)()

        outcomes = at_once(*[partial(reopen_order, order.pk, actor=ACTOR)] * THREADS)

        assert [answered_version(outcome) for outcome in outcomes] == [reload(order).version] * THREADS
        assert reload(order).status == "placed"
        assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL), ("credited", -TOTAL)]
        assert timeline(order.pk).count("order.reopened") == 1
        assert stock() == KEPT
        assert_everything_adds_up()

    def test_control_without_the_lock_the_database_alone_stops_the_second_reversal(self) -> None:
        order = a_placed_order()
        cancelling(order)()
        both_asked = threading.Barrier(2)

        def reopen_unlocked() -> None:
            with transaction.atomic():
                read = Order.objects.get(pk=order.pk)
                read.reopen(at=timezone.now())
                both_asked.wait(10)
                credit = LedgerEntry.objects.get(order=read, kind="credited")
                LedgerEntry.objects.create(
                    order=read, kind="credited", amount=-credit.amount, reverses=credit, **cause()
                )

        outcomes = at_once(reopen_unlocked, reopen_unlocked)
        (failed,) = [outcome for outcome in outcomes if outcome is not None]
        assert isinstance(failed, IntegrityError)
        assert "reverses" in str(failed)
        assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL), ("credited", -TOTAL)]

    def test_reopening_and_cancelling_in_turns_from_many_threads_adds_up(self) -> None:
        order = a_placed_order()
        acts = [cancelling(order), partial(reopen_order, order.pk, actor=ACTOR)] * (THREADS // 2)

        outcomes = at_once(*acts)

        moves = [type_ for type_ in timeline(order.pk) if type_ in {"order.canceled", "order.reopened"}]
        assert moves == (["order.canceled", "order.reopened"] * THREADS)[: len(moves)]
        assert names(outcomes) == ["Order"] * THREADS  # What came when it was so already did nothing.
        assert ledger(order).count(("credited", TOTAL)) == moves.count("order.canceled")
        assert ledger(order).count(("credited", -TOTAL)) == moves.count("order.reopened")
        assert stock() == (FREE if reload(order).status == "cancelled" else KEPT)
        assert_everything_adds_up()
