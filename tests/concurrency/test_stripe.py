"""One payment at Stripe under racing threads: the payer comes back, events arrive several times, and the relay and the
sweeper send what follows; it is captured once. The control races two captures under keys of their own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from core.ids import new_id
from orders.actions import pay_by_card
from orders.payments.gateways import Answer, Call, Outcome, gateway_named
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.sending import send_attempt, sweep_attempts
from tests.concurrency.racing import at_once
from tests.factories.core import timeline
from tests.factories.gateways import a_card_payment, a_stripe, send_all
from tests.factories.orders import ACTOR, TOTAL, a_placed_order, assert_everything_adds_up, ledger
from tests.factories.watching import as_superuser
from tests.fakes.stripe_server import StripeServer, signature

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_stripe(seconds=10.0) as running:
        yield running


def hear(body: bytes) -> int:
    headers = {"Stripe-Signature": signature(body)}
    path = "/webhooks/payments/stripe/"
    return Browser().post(path, body, content_type="application/json", headers=headers).status_code


def test_an_event_that_races_itself_and_the_sweeper_captures_once(stripe: StripeServer) -> None:
    order = a_placed_order()
    a_card_payment(order, "pm_card_authenticationRequired")
    with transaction.atomic(), as_superuser():
        PaymentAttempt.objects.update(created_at=timezone.now() - dt.timedelta(hours=1))
    stripe.act(stripe.intents["pi_1"])
    body = json.dumps(stripe.events[-1]).encode()

    heard = at_once(*[partial(hear, body)] * 6, sweep_attempts, sweep_attempts)

    assert heard[:6] == [204] * 6
    captures = PaymentAttempt.objects.filter(kind="capture")
    at_once(*[partial(send_attempt, captures.get().pk)] * 6)
    send_all(order)
    assert captures.count() == 1
    assert stripe.intents["pi_1"]["amount_received"] == TOTAL
    assert ledger(order) == [("charged", TOTAL), ("authorised", TOTAL), ("captured", TOTAL)]
    assert timeline(order.pk).count("payment.captured") == 1
    assert_everything_adds_up()


def test_a_refund_that_races_itself_is_given_back_once(stripe: StripeServer) -> None:
    call = a_refund_call()
    outcomes = at_once(*[partial(gateway_named("stripe").send, call)] * 6)
    assert outcomes == [Answer(Outcome.SUCCEEDED, reference="re_1")] * 6
    assert [each["amount"] for each in stripe.refunds] == [100]


def test_control_under_keys_of_their_own_each_is_given_back(stripe: StripeServer) -> None:
    call = a_refund_call()
    calls = [dataclasses.replace(call, key=str(new_id())) for _ in range(6)]
    at_once(*[partial(gateway_named("stripe").send, each) for each in calls])
    assert [each["amount"] for each in stripe.refunds] == [100] * 6


def a_refund_call() -> Call:
    order = a_placed_order()
    payment = pay_by_card(order.pk, token="pm_card_visa", actor=ACTOR)
    send_all(order)
    assert Payment.objects.get(pk=payment.pk).status == "captured"
    return Call(key=str(new_id()), kind="refund", amount=100, currency="EUR", order_id=str(order.pk), reference="pi_1")
