"""Every step of every flow at a gateway, cut off before and after its commit: whatever is left is found, by the relay
or by the sweeper, and what was done is done once. Both sides are compared: the gateway's own books and ours.

A crash is an exception where the process would die: the transaction that is open is rolled back, what is committed
stays.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from deploy.fakes.gateway import FakeGateway
from orders.actions import capture_payment_of, pay_by_card, refund_payment, void_payment
from orders.models import Order
from orders.payments.gateways import Answer, Call, Gateway, gateway_named
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.sending import send_attempt, sweep_attempts
from orders.payments.statuses import AttemptState
from tests.factories.gateways import a_card_payment, a_gateway, send_all
from tests.factories.orders import ACTOR, TOTAL, a_placed_order, assert_everything_adds_up
from tests.factories.watching import as_superuser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_gateway() as running:
        yield running


class Died(BaseException):
    """The process is gone."""


class DyingAfterTheCall:
    """A gateway whose caller dies as it hears the answer."""

    def __init__(self, **_: Any) -> None:
        self._real: Gateway = gateway_named("real")

    def send(self, call: Call) -> Answer:
        self._real.send(call)
        raise Died

    def find(self, call: Call) -> Answer | None:
        return self._real.find(call)


@contextmanager
def dying_after_the_call(settings: Any) -> Iterator[None]:
    before = settings.PAYMENT_GATEWAYS
    ((name, real),) = before.items()
    dying = {**real, "adapter": f"{__name__}.DyingAfterTheCall"}
    settings.PAYMENT_GATEWAYS = {name: dying, "real": real}
    try:
        yield
    finally:
        settings.PAYMENT_GATEWAYS = before


@contextmanager
def dying_before_the_commit() -> Iterator[None]:
    """Whoever settles an attempt is cut off in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RAISE EXCEPTION ''the server is gone''; END'"
        )
        cursor.execute(
            "CREATE TRIGGER die BEFORE UPDATE ON orders_paymentattempt FOR EACH ROW EXECUTE FUNCTION pg_temp.die()"
        )
        yield
        cursor.execute("DROP TRIGGER die ON orders_paymentattempt; DROP FUNCTION pg_temp.die()")


def never_sent(_: PaymentAttempt, __: Any) -> None:
    """The process died after the commit of the request."""


def sent_and_not_heard(attempt: PaymentAttempt, settings: Any) -> None:
    with dying_after_the_call(settings), pytest.raises(Died):
        send_attempt(attempt.pk)


def heard_and_not_committed(attempt: PaymentAttempt, _: Any) -> None:
    with dying_before_the_commit(), pytest.raises(DatabaseError, match="the server is gone"):
        send_attempt(attempt.pk)


def committed_and_not_acknowledged(attempt: PaymentAttempt, _: Any) -> None:
    send_attempt(attempt.pk)


def by_the_relay(order: Order) -> None:
    """The event is delivered again, and whatever follows of it is delivered too."""
    for attempt in PaymentAttempt.objects.filter(payment__order=order).order_by("id"):
        send_attempt(attempt.pk)
    send_all(order)


def by_the_sweeper(order: Order) -> None:
    while True:
        with as_superuser():
            found = PaymentAttempt.objects.filter(payment__order=order, status=AttemptState.REQUESTED)
            if not found.update(created_at=timezone.now() - dt.timedelta(hours=1)):
                return
        assert sweep_attempts() == 1


@dataclass(frozen=True)
class Flow:
    """How something comes to be asked of an order's payment, and what there is at the end: status, authorised,
    captured, refunded.
    """

    ask: Callable[[Order], None]
    ends: tuple[str, int, int, int]


def authorise(order: Order, card: str = "tok_ok") -> None:
    pay_by_card(order.pk, token=card, capture=False, actor=ACTOR)


def authorise_and_capture(order: Order) -> None:
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)


def capture(order: Order) -> None:
    payment = a_card_payment(order, capture=False)
    capture_payment_of(order.pk, payment.pk, amount=1_000, actor=ACTOR)


def void(order: Order) -> None:
    payment = a_card_payment(order, capture=False)
    void_payment(order.pk, payment.pk, actor=ACTOR)


def refund(order: Order, card: str = "tok_ok") -> None:
    payment = a_card_payment(order, card)
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)


FLOWS = {
    "authorise": Flow(authorise, ("authorised", TOTAL, 0, 0)),
    "authorise, declined": Flow(lambda order: authorise(order, "tok_declined"), ("failed", 0, 0, 0)),
    "authorise and capture": Flow(authorise_and_capture, ("captured", TOTAL, TOTAL, 0)),
    "capture in part": Flow(capture, ("authorised", TOTAL, 1_000, 0)),
    "void": Flow(void, ("voided", 0, 0, 0)),
    "refund": Flow(refund, ("captured", TOTAL, TOTAL, 700)),
    "refund, declined": Flow(lambda order: refund(order, "tok_no_refund"), ("captured", TOTAL, TOTAL, 0)),
}
CRASHES = (never_sent, sent_and_not_heard, heard_and_not_committed, committed_and_not_acknowledged)
WAYS = (by_the_relay, by_the_sweeper)
TABLE = list(itertools.product(FLOWS, CRASHES, WAYS))


@pytest.mark.parametrize(
    ("flow", "crash", "found"), TABLE, ids=[f"{flow}-{crash.__name__}-{way.__name__}" for flow, crash, way in TABLE]
)
def test_whatever_a_crash_leaves_is_found_and_done_once(
    flow: str, crash: Callable[..., None], found: Callable[[Order], None], gateway: FakeGateway, settings: Any
) -> None:
    order = a_placed_order()
    FLOWS[flow].ask(order)
    crash(PaymentAttempt.objects.filter(payment__order=order).latest("id"), settings)
    found(order)
    payment = Payment.objects.get(order=order)
    columns = (payment.status, payment.authorised, payment.captured, payment.refunded)
    assert columns == FLOWS[flow].ends
    assert not PaymentAttempt.objects.filter(payment=payment, settled_at=None).exists()
    both_sides_agree(payment, gateway)
    assert_everything_adds_up()


def both_sides_agree(payment: Payment, gateway: FakeGateway) -> None:
    """One charge at most, with the same figures as ours, and one call for each attempt."""
    charges = list(gateway.books.charges.values())
    assert len(charges) == (0 if payment.status == "failed" else 1)
    for charge in charges:
        authorised = 0 if charge.voided else charge.amount
        assert (authorised, charge.captured, charge.refunded) == (
            payment.authorised, payment.captured, payment.refunded,
        )  # fmt: skip
    assert set(gateway.books.calls) == {str(pk) for pk in payment.attempts.values_list("pk", flat=True)}
