"""What Stripe says of a day against what it was asked, and what it paid out; over real HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from orders.actions import capture_payment_of, refund_payment, void_payment
from orders.models import Order
from orders.payments.gateways.stripe import reports
from orders.payments.models import Payment, PaymentAttempt
from orders.settlement.errors import ReportUnfinished
from orders.settlement.fetching import Fetched, fetch_payouts
from orders.settlement.models import PaymentDifference, Payout, PayoutLine
from orders.settlement.queries import settlement_off
from orders.settlement.reconciling import Reconciled, reconcile
from tests.factories.core import ACTOR
from tests.factories.gateways import a_card_payment, a_stripe, send_all
from tests.factories.orders import TOTAL, a_placed_order
from tests.factories.settlement import the_attempt_of
from tests.factories.watching import nothing_changes, refused
from tests.fakes.stripe_server import FEE, StripeServer

pytestmark = pytest.mark.django_db

VISA = "pm_card_visa"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_stripe() as running:
        yield running


def reconciled(day: dt.date | None = None) -> Reconciled:
    return reconcile("stripe", day or timezone.localdate(), actor=ACTOR)


def paid() -> tuple[Order, Payment]:
    order = a_placed_order()
    return order, a_card_payment(order, VISA)


def authorised() -> tuple[Order, Payment]:
    order = a_placed_order()
    return order, a_card_payment(order, VISA, capture=False)


def differences() -> list[tuple[str, str, str, int | None]]:
    found = PaymentDifference.objects.order_by("kind", "key")
    return [(each.kind, each.key, each.their_outcome, each.their_amount) for each in found]


def test_when_both_say_the_same_nothing_differs() -> None:
    """Authorised, captured whole and in part, voided, refunded, declined."""
    order, payment = paid()
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
    send_all(order)
    order, payment = authorised()
    capture_payment_of(order.pk, payment.pk, amount=1_000, actor=ACTOR)
    send_all(order)
    order, payment = authorised()
    void_payment(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    a_card_payment(a_placed_order(), "pm_card_chargeDeclined")
    calls = PaymentAttempt.objects.count()
    with nothing_changes():
        assert reconciled() == Reconciled(calls=calls, missing=0, new=0, open=0)


def test_a_capture_days_after_its_intent_was_made_is_no_difference(stripe: StripeServer) -> None:
    with time_machine.travel(timezone.now() - 4 * DAY):
        order, payment = authorised()
    capture_payment_of(order.pk, payment.pk, amount=TOTAL, actor=ACTOR)
    send_all(order)
    with nothing_changes():
        assert reconciled() == Reconciled(calls=1, missing=0, new=0, open=0)
        assert reconciled(timezone.localdate() - 4 * DAY) == Reconciled(calls=1, missing=0, new=0, open=0)


def test_a_void_of_what_expired_at_stripe_is_no_difference(stripe: StripeServer) -> None:
    order, payment = authorised()
    stripe.expire(stripe.intents["pi_1"])
    void_payment(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    with nothing_changes():
        assert reconciled() == Reconciled(calls=2, missing=0, new=0, open=0)


@pytest.mark.parametrize("days", [0, 4])
def test_a_capture_and_a_refund_at_stripes_dashboard_are_found(days: int, stripe: StripeServer) -> None:
    with time_machine.travel(timezone.now() - days * DAY):
        authorised()
    stripe.capture_by_hand(stripe.intents["pi_1"], TOTAL)
    stripe.refund_by_hand(stripe.intents["pi_1"], 500)
    assert reconciled() == Reconciled(calls=2 if days else 3, missing=0, new=2, open=2)
    assert differences() == [
        ("missing_here", "ch_1", "capture succeeded", TOTAL), ("missing_here", "re_1", "refund succeeded", 500),
    ]  # fmt: skip
    with nothing_changes():
        assert reconciled().new == 0


def test_attempts_that_stripe_does_not_know_are_found(stripe: StripeServer) -> None:
    order, _ = paid()
    stripe.intents.clear()
    stripe.transactions.clear()
    assert reconciled() == Reconciled(calls=0, missing=2, new=2, open=2)
    keys = sorted(str(the_attempt_of(order, kind).pk) for kind in ("authorise", "capture"))
    assert differences() == [("missing_there", key, "", None) for key in keys]


def test_a_refund_that_failed_after_it_had_succeeded_is_found(stripe: StripeServer) -> None:
    order, payment = paid()
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
    send_all(order)
    stripe.settle_refund(stripe.refunds[0], "failed")
    key = str(the_attempt_of(order, "refund").pk)
    assert reconciled() == Reconciled(calls=3, missing=0, new=1, open=1)
    assert differences() == [("outcome", key, "refund declined", 700)]


def test_pages_are_followed_and_a_failure_between_them_calls_nothing_missing(
    stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE", 1)
    for _ in range(3):
        paid()
    lists = 0
    for lists in range(1, 7):
        stripe.failing_list = lists
        with refused(ReportUnfinished):
            reconciled()
    with nothing_changes():
        assert reconciled() == Reconciled(calls=lists, missing=0, new=0, open=0)


def fetch() -> Fetched:
    return fetch_payouts("stripe", timezone.localdate() - DAY, timezone.localdate() + DAY, actor=ACTOR)


def test_a_payout_is_posted_with_the_calls_that_it_is_of(stripe: StripeServer) -> None:
    order, payment = paid()
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
    send_all(order)
    part, payment = authorised()
    capture_payment_of(part.pk, payment.pk, amount=1_000, actor=ACTOR)
    send_all(part)
    stripe.pay_out()
    assert len(fetch().new) == 1
    payout = Payout.objects.get()
    gross = TOTAL - 700 + 1_000
    assert (payout.gateway, payout.gross, payout.fee, payout.net) == ("stripe", gross, 2 * FEE, gross - 2 * FEE)
    assert set(PayoutLine.objects.values_list("attempt_id", "amount", "fee")) == {
        (the_attempt_of(order, "capture").pk, TOTAL, FEE), (the_attempt_of(order, "refund").pk, -700, 0),
        (the_attempt_of(part, "capture").pk, 1_000, FEE),
    }  # fmt: skip
    assert settlement_off() == []
    with nothing_changes():
        assert fetch() == Fetched(here=1)


def test_a_payout_of_more_than_our_calls_is_told_and_left(stripe: StripeServer) -> None:
    paid()
    stripe.book("stripe_fee", -200, reporting_category="fee")
    stripe.pay_out()
    with nothing_changes():
        assert fetch() == Fetched(
            refused={"po_1": ("payout po_1: the gateway was never asked for the call stripe_fee txn_2.",)}
        )


def test_a_failure_in_the_middle_of_a_payout_leaves_all_of_it(
    stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE", 1)
    for _ in range(2):
        paid()
    stripe.pay_out()
    for lists in (1, 2, 3, 4):
        stripe.failing_list = lists
        with refused(ReportUnfinished):
            fetch()
    assert len(fetch().new) == 1
    assert (PayoutLine.objects.count(), settlement_off()) == (2, [])
