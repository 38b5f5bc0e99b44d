"""Money that cards have set aside: released on it, captured parcel by parcel, and let go when it runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from core.operations import OperationRefused, explain
from core.relay import run_relay
from deploy.fakes.gateway import FakeGateway
from orders.actions import (
    cancel_order,
    capture_payment_of,
    pay_by_card,
    release_order,
    settle_attempt,
    void_payment,
)
from orders.admin.rows import PLACED, releasable
from orders.models import Order
from orders.operations import RELEASE
from orders.payments.actions import capture_shipped
from orders.payments.gateways import Answer, GatewayUnavailable, Outcome
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.sending import send_attempt
from orders.tasks import expire_authorisations
from shipping.actions import dispatch_shipment, open_shipments, split_shipment
from shipping.models import Shipment
from tests.factories.core import timeline
from tests.factories.gateways import ONCE, a_card_payment, a_gateway, asked, send_all
from tests.factories.orders import (
    ACTOR,
    ADDRESS,
    TOTAL,
    a_placed_order,
    assert_everything_adds_up,
    pay,
    reload,
)
from tests.factories.shipping import an_order_on_account
from tests.factories.storefronts import a_storefront, sells
from tests.factories.watching import as_superuser, nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db

PART = 2 * 250
"""What two units of A cost."""


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_gateway() as running:
        yield running


def authorised(amount: int | None = None) -> Order:
    """Placed where orders are released on authorised money, with so much set aside by a card."""
    order = a_placed_order(a_storefront(release_on_authorised=True), shipping_address=ADDRESS)
    a_card_payment(order, capture=False, amount=amount)
    return reload(order)


def in_parcels(order: Order, *, first: Mapping[str, int]) -> tuple[Shipment, Shipment]:
    """Released, and divided into a parcel of the rest and one with the units of `first`, by SKU."""
    release_order(order.pk, actor=ACTOR)
    (rest,) = open_shipments(order.pk, actor=ACTOR)
    lines = {line.sku: line.pk for line in order.lines.all()}
    return rest, split_shipment(rest.pk, {lines[sku]: units for sku, units in first.items()}, actor=ACTOR)


def leaves(parcel: Shipment) -> None:
    """Dispatched, heard of, and whatever that asks of the gateway is answered."""
    dispatch_shipment(parcel.pk, carrier="Royal Mail", tracking_number="RM1", actor=ACTOR)
    capture_shipped(parcel.order_id, actor=ACTOR)
    send_all(parcel.order)


def money(order: Order) -> tuple[int, int, int]:
    """What is authorised, captured and due."""
    order = reload(order)
    return order.authorised, order.captured, order.due


def captures(order: Order) -> list[int]:
    return [amount for kind, status, amount in asked(order) if (kind, status) == ("capture", "succeeded")]


class TestReleasing:
    def test_what_is_set_aside_is_enough_where_the_storefront_says_so(self) -> None:
        order = authorised()
        assert money(order) == (TOTAL, 0, TOTAL)
        assert release_order(order.pk, actor=ACTOR).status == "processing"

    def test_elsewhere_it_must_be_paid(self) -> None:
        order = authorised()
        sells(order.client, release_on_authorised=False)
        with refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)

    def test_a_part_of_what_is_due_is_not_enough(self) -> None:
        order = authorised(TOTAL - 1)
        with refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)

    def test_what_is_being_let_go_is_not_enough(self) -> None:
        order = authorised()
        void_payment(order.pk, Payment.objects.get(order=order).pk, actor=ACTOR)
        with refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)

    def test_what_ran_out_is_not_enough(self) -> None:
        order = authorised()
        with time_machine.travel(timezone.now() + dt.timedelta(days=8)), refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)

    def test_the_queues_of_the_console_say_the_same(self) -> None:
        ready, elsewhere, voided, gone = authorised(), authorised(), authorised(), authorised()
        sells(elsewhere.client, release_on_authorised=False)
        void_payment(voided.pk, Payment.objects.get(order=voided).pk, actor=ACTOR)
        with as_superuser():
            Payment.objects.filter(order=gone).update(authorised_until=timezone.now())
        without_settings = a_placed_order()
        assert set(Order.objects.filter(releasable())) == {ready}
        assert set(Order.objects.filter(PLACED).exclude(releasable())) == {elsewhere, voided, gone, without_settings}

    def test_set_aside_and_paid_together_are(self) -> None:
        order = authorised(TOTAL - 100)
        pay(order, 100)
        assert explain(reload(order), RELEASE) is None


class TestParcels:
    def test_each_parcel_captures_what_its_units_cost_and_the_last_one_all_that_is_due(self) -> None:
        order = authorised()
        rest, first = in_parcels(order, first={"A": 2})
        leaves(first)
        assert (money(order), captures(order)) == ((TOTAL - PART, PART, TOTAL - PART), [PART])
        leaves(rest)
        assert (money(order), captures(order)) == ((0, TOTAL, 0), [PART, TOTAL - PART])
        assert Payment.objects.get(order=order).status == "captured"
        assert_everything_adds_up()

    def test_the_relay_hears_of_the_parcel(self) -> None:
        order = authorised()
        _, first = in_parcels(order, first={"A": 2})
        dispatch_shipment(first.pk, carrier="Royal Mail", actor=ACTOR)
        run_relay()
        assert captures(order) == [PART]

    def test_a_parcel_that_is_heard_of_twice_captures_once(self) -> None:
        order = authorised()
        _, first = in_parcels(order, first={"A": 2})
        dispatch_shipment(first.pk, carrier="Royal Mail", actor=ACTOR)
        capture_shipped(order.pk, actor=ACTOR)
        with nothing_changes():
            capture_shipped(order.pk, actor=ACTOR)
        send_all(order)
        with nothing_changes():
            capture_shipped(order.pk, actor=ACTOR)
        assert captures(order) == [PART]

    def test_a_parcel_that_leaves_while_another_is_captured_is_captured_after_it(self) -> None:
        order = authorised()
        rest, first = in_parcels(order, first={"A": 2})
        for parcel in (first, rest):
            dispatch_shipment(parcel.pk, carrier="Royal Mail", actor=ACTOR)
            capture_shipped(order.pk, actor=ACTOR)
        assert [each for each in asked(order) if each[0] == "capture"] == [("capture", "requested", PART)]
        send_all(order)
        assert (money(order), captures(order)) == ((0, TOTAL, 0), [PART, TOTAL - PART])

    def test_what_was_paid_otherwise_is_not_captured_and_the_rest_is_let_go(self) -> None:
        order = authorised()
        pay(order, 2_000)
        rest, first = in_parcels(order, first={"A": 2})
        leaves(first)
        assert captures(order) == []
        leaves(rest)
        assert (money(order), captures(order)) == ((0, TOTAL, 0), [TOTAL - 2_000])
        assert asked(order)[-1] == ("void", "succeeded", 2_000)
        assert_everything_adds_up()

    def test_the_payments_are_taken_the_oldest_first(self) -> None:
        order = authorised(600)
        a_card_payment(order, capture=False)
        rest, first = in_parcels(order, first={"A": 2})
        leaves(first)
        leaves(rest)
        by_payment = [payment.captured for payment in Payment.objects.filter(order=order).order_by("id")]
        assert (by_payment, captures(order)) == ([600, TOTAL - 600], [PART, 600 - PART, TOTAL - 600])

    def test_a_gateway_that_captures_once_takes_all_that_is_due_with_the_first_parcel(self, settings: Any) -> None:
        order = authorised(TOTAL)
        settings.PAYMENT_GATEWAYS = {"fake": {**settings.PAYMENT_GATEWAYS["fake"], "adapter": ONCE}}
        rest, first = in_parcels(order, first={"A": 2})
        leaves(first)
        assert (money(order), captures(order)) == ((0, TOTAL, 0), [TOTAL])
        leaves(rest)
        assert captures(order) == [TOTAL]

    def test_what_such_a_gateway_lets_go_of_is_voided(self, settings: Any) -> None:
        order = authorised()
        settings.PAYMENT_GATEWAYS = {"fake": {**settings.PAYMENT_GATEWAYS["fake"], "adapter": ONCE}}
        capture_payment_of(order.pk, Payment.objects.get(order=order).pk, amount=PART, actor=ACTOR)
        send_all(order)
        assert asked(order)[-2:] == [("capture", "succeeded", PART), ("void", "succeeded", TOTAL - PART)]
        assert money(order) == (0, PART, TOTAL - PART)
        assert_everything_adds_up()

    def test_a_card_that_answers_after_the_goods_have_left_is_captured_then(self) -> None:
        order = an_order_on_account()
        _, first = in_parcels(order, first={"A": 2})
        leaves(first)
        a_card_payment(order, capture=False)
        assert captures(order) == [PART]

    def test_a_declined_capture_leaves_the_rest_as_it_is(self, gateway: FakeGateway) -> None:
        order = authorised()
        _, first = in_parcels(order, first={"A": 2})
        dispatch_shipment(first.pk, carrier="Royal Mail", actor=ACTOR)
        capture_shipped(order.pk, actor=ACTOR)
        gateway.books.charges[next(iter(gateway.books.charges))].until = 0
        send_all(order)
        assert asked(order)[-1] == ("capture", "declined", PART)
        assert money(order) == (TOTAL, 0, TOTAL)

    def test_nothing_is_captured_of_a_cancelled_order(self) -> None:
        order = authorised()
        cancel_order(order.pk, reason="Enough", actor=ACTOR)
        send_all(order)
        with nothing_changes():
            capture_shipped(order.pk, actor=ACTOR)
        assert (money(order), captures(order)) == ((0, 0, 0), [])


class TestRunningOut:
    def test_what_nobody_captured_in_time_is_let_go(self) -> None:
        order = authorised()
        payment = Payment.objects.get(order=order)
        assert payment.authorised_until is not None
        assert expire_authorisations() == 0
        with time_machine.travel(payment.authorised_until + dt.timedelta(seconds=1)):
            assert expire_authorisations() == 1
            assert expire_authorisations() == 0
            send_all(order)
        payment.refresh_from_db()
        assert (payment.status, payment.authorised, money(order)) == ("expired", 0, (0, 0, TOTAL))
        assert timeline(order.pk)[-1] == "payment.voided"
        assert_everything_adds_up()

    def test_what_the_gateway_cannot_void_any_more_is_gone(self, gateway: FakeGateway) -> None:
        order = authorised()
        (charge,) = gateway.books.charges.values()
        charge.voided = True
        with time_machine.travel(timezone.now() + dt.timedelta(days=8)):
            assert expire_authorisations() == 1
            send_all(order)
            assert expire_authorisations() == 0
        assert asked(order)[-1] == ("void", "declined", TOTAL)
        assert (Payment.objects.get(order=order).status, money(order)) == ("expired", (0, 0, TOTAL))
        assert_everything_adds_up()

    def test_what_was_captured_before_stays(self) -> None:
        order = authorised()
        payment = Payment.objects.get(order=order)
        capture_payment_of(order.pk, payment.pk, amount=PART, actor=ACTOR)
        send_all(order)
        with time_machine.travel(timezone.now() + dt.timedelta(days=8)):
            assert expire_authorisations() == 1
            send_all(order)
        payment.refresh_from_db()
        assert (payment.status, payment.captured, money(order)) == ("captured", PART, (0, PART, TOTAL - PART))

    def test_what_is_being_captured_is_left_to_the_gateway(self) -> None:
        order = authorised()
        capture_payment_of(order.pk, Payment.objects.get(order=order).pk, actor=ACTOR)
        with time_machine.travel(timezone.now() + dt.timedelta(days=8)):
            assert expire_authorisations() == 0

    def test_a_gateway_that_says_no_time_is_believed(self) -> None:
        order = a_placed_order()
        a_card_payment(order, capture=False, card="tok_action")
        attempt = PaymentAttempt.objects.get(payment__order=order)
        settle_attempt(attempt.pk, Answer(Outcome.SUCCEEDED, reference="ch_9"), actor=ACTOR)
        assert Payment.objects.get(order=order).authorised_until is None
        with time_machine.travel(timezone.now() + dt.timedelta(days=400)):
            assert expire_authorisations() == 0

    def test_the_database_lets_nothing_be_set_aside_by_an_expired_payment(self) -> None:
        order = authorised()
        with refused_by_the_database("payment_expired_sets_none_aside"):
            Payment.objects.filter(order=order).update(status="expired")

    def test_a_time_that_cannot_be_read_is_no_answer(self, gateway: FakeGateway) -> None:
        order = a_placed_order()
        payment = pay_by_card(order.pk, token="tok_ok", capture=False, actor=ACTOR)
        attempt = payment.attempts.get()
        key = str(attempt.pk)
        gateway.books.calls[key] = {
            "kind": "authorise", "amount": TOTAL, "currency": "EUR", "order_id": str(order.pk), "reference": "",
            "token": "tok_ok",
        }  # fmt: skip
        gateway.books.answers[key] = {"key": key, "outcome": "succeeded", "expires_at": "tomorrow"}
        with pytest.raises(GatewayUnavailable):
            send_attempt(attempt.pk)
