"""Payments by card through Stripe, over real HTTP: the cases of test_charging.py and of test_crashes.py, and events."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from orders.actions import (
    Asked,
    cancel_order,
    capture_payment_of,
    pay_by_card,
    refund_items,
    refund_payment,
    void_payment,
)
from orders.models import Order
from orders.payments.gateways import GatewayUnavailable
from orders.payments.models import Payment, PaymentAttempt, PaymentNotice
from orders.payments.sending import send_attempt, sweep_attempts
from orders.tasks import expire_authorisations
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.gateways import a_card_payment, a_stripe, asked, send_all
from tests.factories.orders import ACTOR, TOTAL, a_placed_order, assert_everything_adds_up, reload
from tests.factories.watching import as_superuser, nothing_changes
from tests.fakes.stripe_server import Fault, StripeServer, signature
from tests.orders.payments.test_crashes import CRASHES, WAYS, Flow, sent_and_not_heard

pytestmark = pytest.mark.django_db

VISA = "pm_card_visa"
AUTHORISED = ("authorise", "succeeded", TOTAL)
CAPTURED = ("capture", "succeeded", TOTAL)


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_stripe() as running:
        yield running


def money(order: Order) -> tuple[int, int, str]:
    order = reload(order)
    return order.captured, order.refunded, order.payment_status


def the_attempt(order: Order) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__order=order).latest("id")


def the_intent(stripe: StripeServer) -> dict[str, Any]:
    (intent,) = stripe.intents.values()
    return intent


def forgotten(order: Order) -> None:
    """All that was asked was asked long ago."""
    with as_superuser():
        PaymentAttempt.objects.filter(payment__order=order).update(created_at=timezone.now() - dt.timedelta(hours=1))


def hear(event: dict[str, Any], *, name: str = "stripe", **signing: Any) -> int:
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": signature(body, **signing)}
    path = f"/webhooks/payments/{name}/"
    return Browser().post(path, body, content_type="application/json", headers=headers).status_code


def test_a_card_that_succeeds_is_authorised_and_captured(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA)
    assert (payment.status, payment.gateway, payment.authorised, payment.captured) == (
        "captured", "stripe", TOTAL, TOTAL,
    )  # fmt: skip
    assert asked(order) == [AUTHORISED, CAPTURED]
    assert money(order) == (TOTAL, 0, "paid")
    authorise, capture = payment.attempts.order_by("id")
    intent = the_intent(stripe)
    assert (intent["amount"], intent["amount_received"], intent["currency"]) == (TOTAL, TOTAL, "eur")
    assert intent["metadata"] == {"call": str(authorise.pk), "order": str(order.pk), "capture": str(capture.pk)}
    assert (authorise.reference, capture.reference) == ("pi_1", "ch_1")
    assert set(PaymentAttempt.objects.values_list("token", flat=True)) == {""}
    assert_everything_adds_up()


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_script", "action_without_address"),
        ("pm_nobody's", "resource_missing"),
    ],
)
def test_a_card_that_is_declined_fails_and_leaves_the_order_unpaid(card: str, code: str) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, card)
    assert (payment.status, payment.authorised, the_attempt(order).code) == ("failed", 0, code)
    assert money(order) == (0, 0, "unpaid")
    assert a_card_payment(order, VISA).status == "captured"
    assert_everything_adds_up()


def test_a_payer_who_must_act_is_waited_for_and_heard_of_by_an_event(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, "pm_card_authenticationRequired")
    attempt, intent = the_attempt(order), the_intent(stripe)
    assert (payment.status, attempt.status) == ("pending", "needs_action")
    assert attempt.action_url == f"{stripe.url}/3ds/pi_1"
    assert intent["next_action"]["redirect_to_url"]["return_url"] == "https://shop.example/paid/"
    stripe.act(intent)
    assert hear(stripe.events[-1]) == 204
    send_all(order)
    assert (asked(order), money(order)) == ([AUTHORISED, CAPTURED], (TOTAL, 0, "paid"))
    assert_everything_adds_up()


def test_a_payer_who_acted_is_found_by_the_sweeper_when_no_event_comes(stripe: StripeServer) -> None:
    order = a_placed_order()
    a_card_payment(order, "pm_card_authenticationRequired")
    forgotten(order)
    assert sweep_attempts() == 0
    stripe.act(the_intent(stripe))
    assert sweep_attempts() == 1
    send_all(order)
    assert money(order) == (TOTAL, 0, "paid")


@pytest.mark.parametrize("by_event", [True, False])
def test_a_payer_who_refuses_to_act_has_not_paid(by_event: bool, stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, "pm_card_authenticationRequired")
    stripe.act(the_intent(stripe), agrees=False)
    if by_event:
        assert hear(stripe.events[-1]) == 204
    else:
        forgotten(order)
        assert sweep_attempts() == 1
    payment.refresh_from_db()
    assert (payment.status, the_attempt(order).code) == ("failed", "payment_intent_authentication_failure")


def test_a_payer_who_takes_another_card_is_charged_once_even_if_they_act_later(stripe: StripeServer) -> None:
    order = a_placed_order()
    first = a_card_payment(order, "pm_card_authenticationRequired")
    assert a_card_payment(order, VISA).status == "captured"
    stripe.act(stripe.intents["pi_1"])
    assert hear(stripe.events[-1]) == 204
    send_all(order)
    first.refresh_from_db()
    assert (first.status, money(order)) == ("voided", (TOTAL, 0, "paid"))
    assert [each["status"] for each in stripe.intents.values()] == ["canceled", "succeeded"]
    assert_everything_adds_up()


def test_a_call_that_stripe_will_never_take_counts_as_declined(stripe: StripeServer) -> None:
    order = a_placed_order()
    stripe.next_faults(Fault.INVALID_400)
    payment = a_card_payment(order, VISA)
    assert (payment.status, the_attempt(order).code) == ("failed", "refused_by_gateway")
    assert stripe.intents == {}


def test_a_call_with_a_wrong_key_is_sent_again_until_the_key_is_right(stripe: StripeServer) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    stripe.refuses = 401
    with nothing_changes(), pytest.raises(GatewayUnavailable):
        send_attempt(the_attempt(order).pk)
    stripe.refuses = 0
    send_all(order)
    assert money(order) == (TOTAL, 0, "paid")


PASSING = [fault for fault in Fault if fault not in (Fault.LOST_500, Fault.INVALID_400)]


@pytest.mark.parametrize("fault", PASSING)
def test_what_goes_wrong_on_the_way_is_done_once(fault: Fault, stripe: StripeServer) -> None:
    """Each of authorisation, capture and refund is hit by the same fault, and each asked for again."""
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    for _ in range(2):
        hit(order, fault, stripe)
    payment = Payment.objects.get(order=order)
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
    hit(order, fault, stripe)
    payment.refresh_from_db()
    assert (payment.status, payment.captured, payment.refunded) == ("captured", TOTAL, 700)
    both_sides_agree(payment, stripe)
    assert_everything_adds_up()


def hit(order: Order, fault: Fault, stripe: StripeServer) -> None:
    """The attempt that is requested meets the fault, and is sent again. What Stripe's failure hides is asked about."""
    attempt = the_attempt(order)
    stripe.next_faults(fault)
    if fault is not Fault.DONE_500:
        with nothing_changes(), pytest.raises(GatewayUnavailable):
            send_attempt(attempt.pk)
    send_attempt(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.status == "succeeded"


def test_a_failure_that_stripe_keeps_and_that_did_nothing_is_settled_by_nobody_until_it_forgets(
    stripe: StripeServer,
) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    stripe.next_faults(Fault.LOST_500)
    for _ in range(3):
        with nothing_changes(), pytest.raises(GatewayUnavailable):
            send_attempt(the_attempt(order).pk)
    stripe.forget_keys()
    send_all(order)
    assert money(order) == (TOTAL, 0, "paid")
    both_sides_agree(Payment.objects.get(order=order), stripe)


def test_what_never_arrived_is_sent_by_the_sweeper(stripe: StripeServer) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    assert sweep_attempts() == 0, "it was asked for just now"
    forgotten(order)
    stripe.refuses = 503
    with nothing_changes():
        assert sweep_attempts() == 0
    stripe.refuses = 0
    assert sweep_attempts() == 1
    assert asked(order)[0] == AUTHORISED


def test_what_the_search_does_not_know_yet_is_sent_again_and_done_once(stripe: StripeServer) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    stripe.next_faults(Fault.BROKEN)
    with pytest.raises(GatewayUnavailable):
        send_attempt(the_attempt(order).pk)
    forgotten(order)
    stripe.search_lags = True
    key = str(the_attempt(order).pk)
    assert sweep_attempts() == 1
    assert (asked(order)[0], stripe.replayed) == (AUTHORISED, [key])
    assert len(stripe.intents) == 1


def test_a_part_is_captured_and_stripe_lets_go_of_the_rest(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA, capture=False)
    assert (payment.status, money(order)) == ("authorised", (0, 0, "unpaid"))
    capture_payment_of(order.pk, payment.pk, amount=1_000, actor=ACTOR)
    send_all(order)
    assert asked(order)[-1] == ("void", "succeeded", TOTAL - 1_000)
    payment.refresh_from_db()
    assert (payment.status, payment.authorised, payment.captured) == ("captured", 1_000, 1_000)
    assert (the_intent(stripe)["status"], the_intent(stripe)["amount_received"]) == ("succeeded", 1_000)
    assert money(order) == (1_000, 0, "part_paid")
    assert_everything_adds_up()


def test_what_stripe_let_go_of_after_a_week_is_let_go_of_here(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA, capture=False)
    assert payment.authorised_until is not None
    assert expire_authorisations() == 0
    with time_machine.travel(payment.authorised_until + dt.timedelta(seconds=1)):
        stripe.expire(the_intent(stripe))
        assert expire_authorisations() == 1
        send_all(order)
    payment.refresh_from_db()
    assert (payment.status, payment.authorised, asked(order)[-1]) == ("expired", 0, ("void", "succeeded", TOTAL))
    assert_everything_adds_up()


def test_what_is_authorised_and_not_captured_is_let_go_whole(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA, capture=False)
    void_payment(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert (payment.status, payment.authorised, the_intent(stripe)["status"]) == ("voided", 0, "canceled")
    assert_everything_adds_up()


def test_what_expired_at_stripe_is_declined_when_it_is_captured_and_let_go_when_it_is_voided(
    stripe: StripeServer,
) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA, capture=False)
    stripe.expire(the_intent(stripe))
    with nothing_changes(but="orders_paymentnotice"):
        assert hear(stripe.events[-1]) == 204
    capture_payment_of(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    assert the_attempt(order).code == "payment_intent_unexpected_state"
    void_payment(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert (payment.status, money(order)) == ("voided", (0, 0, "unpaid"))
    assert_everything_adds_up()


def test_what_was_captured_at_stripes_dashboard_counts_as_captured(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA, capture=False)
    stripe.capture_by_hand(the_intent(stripe), TOTAL)
    with nothing_changes(but="orders_paymentnotice"):
        assert hear(stripe.events[-1]) == 204
    capture_payment_of(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    assert money(order) == (TOTAL, 0, "paid")


def test_what_is_authorised_after_a_cancellation_is_let_go_and_never_captured(stripe: StripeServer) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    send_all(order)
    assert asked(order) == [AUTHORISED, ("void", "succeeded", TOTAL)]
    assert (the_intent(stripe)["status"], the_intent(stripe)["amount_received"]) == ("canceled", 0)
    assert_everything_adds_up()


def test_a_refund_succeeds_when_stripe_has_given_it_back(stripe: StripeServer) -> None:
    order = a_placed_order()
    a_card_payment(order, VISA)
    refund = refund_items(order.pk, asked=Asked(goodwill=300), reason="other", actor=ACTOR)
    send_all(order)
    refund.refresh_from_db()
    assert (refund.status, [part.amount for part in refund.parts.all()]) == ("succeeded", [300])
    assert money(order) == (TOTAL, 300, "paid")
    assert [each["amount"] for each in stripe.refunds] == [300]
    assert_everything_adds_up()


def test_a_refund_that_stripe_declines_fails_and_is_given_in_another_way(stripe: StripeServer) -> None:
    client = a_client()
    order = a_placed_order(client, customer_id=a_customer(client).pk)
    a_card_payment(order, VISA)
    the_intent(stripe)["disputed"] = True
    refund = refund_items(order.pk, asked=Asked(goodwill=300), reason="other", actor=ACTOR)
    send_all(order)
    refund.refresh_from_db()
    assert (refund.status, the_attempt(order).code, money(order)) == (
        "failed", "charge_disputed", (TOTAL, 0, "overpaid"),
    )  # fmt: skip
    again = refund_items(order.pk, asked=Asked(), reason="other", to="store_credit", actor=ACTOR)
    assert (again.status, again.amount, money(order)) == ("succeeded", 300, (TOTAL, 300, "paid"))
    assert_everything_adds_up()


@pytest.mark.parametrize(
    ("status", "ends", "code"), [("succeeded", 700, ""), ("failed", 0, "expired_or_canceled_card")]
)
@pytest.mark.parametrize("by_event", [True, False])
def test_a_refund_on_its_way_is_waited_for(
    status: str, ends: int, code: str, by_event: bool, stripe: StripeServer
) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, "pm_card_pendingRefund")
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
    attempt = the_attempt(order)
    with nothing_changes(), pytest.raises(GatewayUnavailable, match="works on the refund"):
        send_attempt(attempt.pk)
    forgotten(order)
    with nothing_changes():
        assert sweep_attempts() == 0
        assert hear(stripe.events[-1]) == 204
    (refund,) = stripe.refunds
    stripe.settle_refund(refund, status)
    if by_event:
        assert hear(stripe.events[-1]) == 204
    else:
        send_attempt(attempt.pk)
    attempt.refresh_from_db()
    payment.refresh_from_db()
    assert (payment.refunded, attempt.code, attempt.is_under_way) == (ends, code, False)
    assert len(stripe.refunds) == 1
    assert_everything_adds_up()


def test_events_settle_what_was_done_and_was_not_answered(stripe: StripeServer) -> None:
    """The answer of each call is lost, and its event settles it: authorisation, capture, refund."""
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    for _ in range(2):
        lost_and_told(order, stripe)
    payment = Payment.objects.get(order=order)
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)
    lost_and_told(order, stripe)
    assert money(order) == (TOTAL, 700, "part_refunded")
    payment.refresh_from_db()
    both_sides_agree(payment, stripe)


def test_the_event_of_a_cancellation_settles_what_voids(stripe: StripeServer) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, VISA, capture=False)
    void_payment(order.pk, payment.pk, actor=ACTOR)
    stripe.next_faults(None, Fault.BROKEN)
    with nothing_changes(), pytest.raises(GatewayUnavailable):
        send_attempt(the_attempt(order).pk)
    assert hear(stripe.events[-1]) == 204
    payment.refresh_from_db()
    assert (payment.status, asked(order)[-1]) == ("voided", ("void", "succeeded", TOTAL))
    assert_everything_adds_up()


def lost_and_told(order: Order, stripe: StripeServer) -> None:
    attempt = the_attempt(order)
    stripe.next_faults(Fault.BROKEN)
    with nothing_changes(), pytest.raises(GatewayUnavailable):
        send_attempt(attempt.pk)
    assert hear(stripe.events[-1]) == 204
    attempt.refresh_from_db()
    assert attempt.status == "succeeded"


def test_events_that_come_twice_late_and_in_any_order_change_nothing_that_is_known(stripe: StripeServer) -> None:
    order = a_placed_order()
    a_card_payment(order, "pm_card_authenticationRequired")
    stripe.act(the_intent(stripe))
    assert hear(stripe.events[-1]) == 204
    send_all(order)
    refund_payment(order.pk, Payment.objects.get(order=order).pk, amount=700, actor=ACTOR)
    send_all(order)
    assert [event["type"] for event in stripe.events] == [
        "payment_intent.requires_action", "payment_intent.amount_capturable_updated", "payment_intent.succeeded",
        "refund.created",
    ]  # fmt: skip
    with nothing_changes(but="orders_paymentnotice"):
        for event in reversed(stripe.events):
            assert hear(event) == 204
    with nothing_changes():
        for event in stripe.events:
            assert hear(event) == 204
    assert PaymentNotice.objects.count() == len(stripe.events)
    assert [each.outcome for each in PaymentNotice.objects.filter(was_news=True)] == ["succeeded"]
    assert_everything_adds_up()


@pytest.mark.parametrize("order_of_events", list(itertools.permutations(range(3))))
def test_the_events_of_a_payment_whose_answers_are_lost_settle_it_in_any_order(
    order_of_events: tuple[int, ...], stripe: StripeServer
) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="pm_card_authenticationRequired", actor=ACTOR)
    stripe.next_faults(Fault.BROKEN)
    with pytest.raises(GatewayUnavailable):
        send_attempt(the_attempt(order).pk)
    stripe.act(the_intent(stripe))
    told = [*stripe.events, stripe.events[0]]
    for place in order_of_events:
        assert hear(told[place]) == 204
    send_all(order)
    assert (asked(order), money(order)) == ([AUTHORISED, CAPTURED], (TOTAL, 0, "paid"))
    assert the_intent(stripe)["amount_received"] == TOTAL
    assert_everything_adds_up()


@pytest.mark.parametrize(
    ("change", "status"),
    [({"secret": "whsec_of_somebody_else"}, 400), ({"at": int(time.time()) - 301}, 400), ({"name": "nobody"}, 404)],
)
def test_an_event_that_is_not_stripes_changes_nothing(
    change: dict[str, Any], status: int, stripe: StripeServer
) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    stripe.next_faults(Fault.BROKEN)
    with nothing_changes(), pytest.raises(GatewayUnavailable):
        send_attempt(the_attempt(order).pk)
    with nothing_changes():
        assert hear(stripe.events[-1], **change) == status
    assert hear(stripe.events[-1]) == 204
    assert asked(order)[0] == AUTHORISED


@pytest.mark.parametrize("header", [None, "", "t=1", "v1=00", "t=x,v1=00", "nonsense", "t=1,v1=ä"])
def test_an_event_without_a_signature_changes_nothing(header: str | None, stripe: StripeServer) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=VISA, actor=ACTOR)
    told = {"id": "evt_1", "object": "event", "type": "payment_intent.amount_capturable_updated", "data": {"object": {
        "id": "pi_1", "status": "requires_capture", "metadata": {"call": str(the_attempt(order).pk)}}}}  # fmt: skip
    headers = {} if header is None else {"Stripe-Signature": header}
    path = "/webhooks/payments/stripe/"
    with nothing_changes():
        answer = Browser().post(path, json.dumps(told), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content) == (
        400, b"The signature is missing, too old or not that of this body.",
    )  # fmt: skip
    assert hear(told) == 204
    assert asked(order)[0] == AUTHORISED


def test_events_of_nothing_here_are_taken_and_those_that_cannot_be_read_refused() -> None:
    intent = {"id": "pi_9", "status": "requires_capture", "metadata": {"call": "not ours"}}
    kind = "payment_intent.amount_capturable_updated"
    with nothing_changes():
        assert hear({"type": "customer.created", "data": {"object": {"id": "cus_1"}}}) == 204
        assert hear({"type": kind, "data": {"object": intent}}) == 204
        assert hear({"type": kind, "data": {"object": {**intent, "metadata": {}}}}) == 204
        assert hear({"type": kind, "data": {"object": {"metadata": {"call": "x"}}}}) == 400
        assert hear({"type": kind, "data": {"object": []}}) == 400
        assert hear({"type": kind}) == 400


def authorise(order: Order, card: str = VISA) -> None:
    pay_by_card(order.pk, token=card, capture=False, actor=ACTOR)


def authorise_and_capture(order: Order) -> None:
    pay_by_card(order.pk, token=VISA, actor=ACTOR)


def capture(order: Order) -> None:
    payment = a_card_payment(order, VISA, capture=False)
    capture_payment_of(order.pk, payment.pk, amount=1_000, actor=ACTOR)


def void(order: Order) -> None:
    payment = a_card_payment(order, VISA, capture=False)
    void_payment(order.pk, payment.pk, actor=ACTOR)


def refund(order: Order) -> None:
    payment = a_card_payment(order, VISA)
    refund_payment(order.pk, payment.pk, amount=700, actor=ACTOR)


FLOWS = {
    "authorise": Flow(authorise, ("authorised", TOTAL, 0, 0)),
    "authorise, declined": Flow(partial(authorise, card="pm_card_chargeDeclined"), ("failed", 0, 0, 0)),
    "authorise and capture": Flow(authorise_and_capture, ("captured", TOTAL, TOTAL, 0)),
    "capture in part": Flow(capture, ("captured", 1_000, 1_000, 0)),
    "void": Flow(void, ("voided", 0, 0, 0)),
    "refund": Flow(refund, ("captured", TOTAL, TOTAL, 700)),
}
TABLE = [
    *itertools.product(FLOWS, CRASHES, WAYS, [True]),
    *itertools.product(FLOWS, [sent_and_not_heard], WAYS, [False]),
]


@pytest.mark.parametrize(
    ("flow", "crash", "found", "remembers"), TABLE,
    ids=[f"{flow}-{crash.__name__}-{way.__name__}-{remembers}" for flow, crash, way, remembers in TABLE],
)  # fmt: skip
def test_whatever_a_crash_leaves_is_found_and_done_once(
    flow: str,
    crash: Callable[..., None],
    found: Callable[[Order], None],
    remembers: bool,
    stripe: StripeServer,
    settings: Any,
) -> None:
    """Whether Stripe still remembers the keys of the calls, or forgot them after a day."""
    order = a_placed_order()
    FLOWS[flow].ask(order)
    crash(PaymentAttempt.objects.filter(payment__order=order).latest("id"), settings)
    if not remembers:
        stripe.forget_keys()
    with time_machine.travel(timezone.now() + dt.timedelta(hours=0 if remembers else 25)):
        found(order)
    payment = Payment.objects.get(order=order)
    columns = (payment.status, payment.authorised, payment.captured, payment.refunded)
    assert columns == FLOWS[flow].ends
    assert not PaymentAttempt.objects.filter(payment=payment, settled_at=None).exists()
    both_sides_agree(payment, stripe)
    assert_everything_adds_up()


def both_sides_agree(payment: Payment, stripe: StripeServer) -> None:
    """One intent at most that has or had money, with the same figures as ours."""
    intents = [each for each in stripe.intents.values() if each["latest_charge"]]
    assert len(intents) == (0 if payment.status == "failed" else 1)
    for intent in intents:
        assert (intent["amount_received"], stripe.given_back(intent)) == (payment.captured, payment.refunded)
        assert (intent["status"] == "canceled") == (payment.status == "voided")
