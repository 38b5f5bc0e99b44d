"""Payments recorded by hand, refunds and write-offs, and the money ledger that they leave."""

from __future__ import annotations

import pytest

from core.errors import InvalidInput, NotFound, StaleVersion
from core.operations import OperationRefused
from orders.actions import cancel_order, record_payment, refund_payment, write_off_balance
from orders.errors import PaymentRefused, PaymentTooLarge, RefundTooLarge
from orders.models import Order
from orders.payments.models import LedgerEntry
from tests.factories.core import cause, timeline
from tests.factories.orders import ACTOR, TOTAL, a_draft, a_placed_order, assert_everything_adds_up, ledger, pay, reload
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


def money(order: Order) -> tuple[int, int, int, str]:
    """(captured, refunded, due, payment status)"""
    stored = reload(order)
    return stored.captured, stored.refunded, stored.due, stored.payment_status


def test_a_payment_of_all_that_is_due_makes_the_order_paid() -> None:
    order = a_placed_order()
    payment = record_payment(order.pk, method="bank_transfer", amount=TOTAL, reference="T1", actor=ACTOR)
    assert money(order) == (TOTAL, 0, 0, "paid")
    assert (payment.status, payment.authorised, payment.captured, payment.refunded) == ("captured", TOTAL, TOTAL, 0)
    assert ledger(order) == [("charged", TOTAL), ("authorised", TOTAL), ("captured", TOTAL)]
    entry = LedgerEntry.objects.get(order=order, kind="captured")
    assert (entry.payment_id, entry.actor, entry.note) == (payment.pk, ACTOR, "T1")
    assert timeline(order.pk)[-1] == "payment.captured"
    assert_everything_adds_up()


def test_payments_add_up_from_part_paid_to_overpaid() -> None:
    order = a_placed_order()
    pay(order, 1_000)
    assert money(order) == (1_000, 0, TOTAL - 1_000, "part_paid")
    pay(order, TOTAL - 1_000)
    assert money(order) == (TOTAL, 0, 0, "paid")
    pay(order, 1)
    assert money(order) == (TOTAL + 1, 0, -1, "overpaid")
    assert_everything_adds_up()


@pytest.mark.parametrize(
    ("paid", "amount", "words"),
    [
        (0, TOTAL + 1, "27.51 EUR is more than is due. 27.50 EUR is due."),
        (1_000, TOTAL, "27.50 EUR is more than is due. 17.50 EUR is due."),
        (TOTAL, 1, "0.01 EUR is more than is due. Nothing is due."),
        (TOTAL + 1, 1, "0.01 EUR is more than is due. Nothing is due."),
    ],
)
def test_more_than_is_due_is_taken_only_when_that_is_said(paid: int, amount: int, words: str) -> None:
    order = a_placed_order()
    if paid:
        pay(order, paid)
    with refused(PaymentTooLarge) as refusal:
        record_payment(order.pk, method="cash", amount=amount, actor=ACTOR)
    assert refusal.value.detail == words
    assert refusal.value.unblock.startswith("Record what is due, or say that more has arrived: `allow_overpayment`")
    assert refusal.value.context == {"due": max(TOTAL - paid, 0), "at_most": 10 * TOTAL - paid}
    record_payment(order.pk, method="cash", amount=amount, allow_overpayment=True, actor=ACTOR)
    assert money(order) == (paid + amount, 0, TOTAL - paid - amount, "overpaid")
    assert_everything_adds_up()


def test_no_order_keeps_more_than_ten_times_its_total_whatever_is_said() -> None:
    order = a_placed_order()
    payment = pay(order, 10 * TOTAL - 1)
    for allow in (False, True):
        with refused(PaymentTooLarge) as refusal:
            record_payment(order.pk, method="cash", amount=2, allow_overpayment=allow, actor=ACTOR)
        assert refusal.value.detail == "0.02 EUR is more than the order can take, which is 0.01 EUR. Nothing is due."
    refund_payment(order.pk, payment.pk, amount=1, actor=ACTOR)
    pay(order, 2)
    assert money(order) == (10 * TOTAL + 1, 1, -9 * TOTAL, "overpaid")
    with refused_by_the_database("order_kept_within_bounds"):
        of = {"order": order, "payment": payment, "amount": 1, **cause()}
        LedgerEntry.objects.bulk_create(LedgerEntry(kind=kind, **of) for kind in ("authorised", "captured"))


def test_money_that_comes_after_a_cancellation_is_more_than_is_due() -> None:
    order = a_placed_order()
    cancel_order(order.pk, reason="Mistake", actor=ACTOR)
    with refused(PaymentTooLarge):
        record_payment(order.pk, method="cash", amount=TOTAL, actor=ACTOR)
    pay(order, TOTAL)
    assert money(order) == (TOTAL, 0, -TOTAL, "overpaid")


def test_an_order_recovers_from_a_refund() -> None:
    order = a_placed_order()
    payment = pay(order, 2 * TOTAL)
    assert money(order)[3] == "overpaid"
    refund_payment(order.pk, payment.pk, amount=TOTAL, actor=ACTOR)
    assert money(order) == (2 * TOTAL, TOTAL, 0, "paid")
    refund_payment(order.pk, payment.pk, amount=100, actor=ACTOR)
    assert money(order)[3] == "part_refunded"
    pay(order, 100)
    assert money(order)[3] == "paid"
    assert_everything_adds_up()


def test_refunds_go_down_to_nothing_and_no_further() -> None:
    order = a_placed_order()
    payment = pay(order)
    refund_payment(order.pk, payment.pk, amount=750, note="Broken mug", actor=ACTOR)
    assert money(order) == (TOTAL, 750, 750, "part_refunded")
    with refused(RefundTooLarge) as refusal:
        refund_payment(order.pk, payment.pk, amount=TOTAL - 749, actor=ACTOR)
    assert refusal.value.context == {"refundable": TOTAL - 750}
    assert refusal.value.detail == "20.00 EUR of this payment is left to refund."
    refund_payment(order.pk, payment.pk, amount=TOTAL - 750, actor=ACTOR)
    assert money(order) == (TOTAL, TOTAL, TOTAL, "refunded")
    assert ledger(order)[-2:] == [("refunded", 750), ("refunded", TOTAL - 750)]
    assert_everything_adds_up()


def test_a_refund_is_of_one_payment_though_another_has_more() -> None:
    order = a_placed_order()
    small = pay(order, 100)
    pay(order, TOTAL - 100)
    with refused(RefundTooLarge):
        refund_payment(order.pk, small.pk, amount=101, actor=ACTOR)


def test_another_orders_payment_is_not_found() -> None:
    order, other = a_placed_order(), a_placed_order()
    payment = pay(other)
    with refused(NotFound):
        refund_payment(order.pk, payment.pk, amount=1, actor=ACTOR)


def test_a_draft_takes_no_payment() -> None:
    draft = a_draft()
    with refused(OperationRefused) as refusal:
        pay(draft, 100)
    assert refusal.value.unblock == "Place the order first."


def test_a_reference_is_recorded_once() -> None:
    order = a_placed_order()
    record_payment(order.pk, method="cash", amount=1, reference="T1", actor=ACTOR)
    with refused(PaymentRefused) as refusal:
        record_payment(order.pk, method="cash", amount=1, reference="T1", actor=ACTOR)
    assert refusal.value.detail == "A payment with the reference 'T1' is recorded already, of 0.01 EUR."
    recorded = str(order.payments.get().pk)
    assert refusal.value.context == {"payment_id": recorded, "done": True}
    with refused(PaymentRefused) as refusal:
        record_payment(order.pk, method="cash", amount=2, reference="T1", actor=ACTOR)
    assert refusal.value.context == {"payment_id": recorded, "done": False}
    record_payment(order.pk, method="cash", amount=1, actor=ACTOR)
    record_payment(order.pk, method="cash", amount=1, actor=ACTOR)
    assert money(order)[0] == 3


@pytest.mark.parametrize("amount", [0, -1])
def test_money_moves_in_positive_amounts(amount: int) -> None:
    order = a_placed_order()
    payment = pay(order)
    with refused(InvalidInput):
        record_payment(order.pk, method="cash", amount=amount, actor=ACTOR)
    with refused(InvalidInput):
        refund_payment(order.pk, payment.pk, amount=amount, actor=ACTOR)


def test_writing_off_settles_the_balance() -> None:
    order = a_placed_order()
    pay(order, 1_000)
    write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
    assert money(order) == (1_000, 0, 0, "paid")
    assert ledger(order)[-1] == ("written_off", TOTAL - 1_000)
    with nothing_changes():
        assert write_off_balance(order.pk, note="Goodwill", actor=ACTOR).due == 0
    with refused(OperationRefused) as refusal:
        write_off_balance(order.pk, note="Again", actor=ACTOR)
    assert refusal.value.detail == "What was due on the order is written off. It was done with another note."
    assert_everything_adds_up()


def test_what_was_never_due_is_not_written_off() -> None:
    order = a_placed_order()
    pay(order)
    with refused(OperationRefused) as refusal:
        write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
    assert (refusal.value.detail, refusal.value.context["done"]) == ("Nothing is due on the order.", False)


def test_writing_off_everything_leaves_nothing_due() -> None:
    order = a_placed_order()
    write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
    assert money(order) == (0, 0, 0, "nothing_due")


def test_a_stale_version_moves_no_money() -> None:
    order = a_placed_order()
    payment = pay(order)
    for act in (
        lambda: record_payment(order.pk, method="cash", amount=1, actor=ACTOR, expected_version=1),
        lambda: refund_payment(order.pk, payment.pk, amount=1, actor=ACTOR, expected_version=1),
        lambda: write_off_balance(order.pk, note="x", actor=ACTOR, expected_version=1),
    ):
        with refused(StaleVersion):
            act()
