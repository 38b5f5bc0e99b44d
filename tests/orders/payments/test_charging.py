"""Payments by card through a gateway over real HTTP: what each card does, and what becomes of what was asked."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from books.queries import trial_balance
from core.errors import InvalidInput
from core.ids import new_id
from core.operations import OperationRefused
from core.relay import Undeliverable
from deploy.fakes.gateway import HEADER, SECRET, FakeGateway, signature
from orders.actions import (
    Asked,
    cancel_order,
    capture_payment_of,
    delete_order,
    pay_by_card,
    record_payment,
    refund_items,
    refund_payment,
    settle_attempt,
    void_payment,
)
from orders.errors import NothingToRefund, PaymentBusy, PaymentTooLarge
from orders.models import Order
from orders.payments.gateways import Answer, GatewayUnavailable, Outcome
from orders.payments.models import Payment, PaymentAttempt, PaymentNotice
from orders.payments.sending import send_attempt, sweep_attempts
from orders.statuses import MOST_KEPT
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_customer
from tests.factories.gateways import a_card_payment, a_gateway, an_order_paid_by_card, asked, send_all
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_draft,
    a_placed_order,
    assert_everything_adds_up,
    ledger,
    pay,
    reload,
)
from tests.factories.staff import a_superuser, browser_of, object_page, told
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_gateway(slow=2.5) as running:
        yield running


def money(order: Order) -> tuple[int, int, str]:
    order = reload(order)
    return order.captured, order.refunded, order.payment_status


def the_attempt(order: Order) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__order=order).latest("id")


def forgotten(order: Order) -> None:
    """All that was asked was asked long ago."""
    from tests.factories.watching import as_superuser

    with as_superuser():
        PaymentAttempt.objects.filter(payment__order=order).update(created_at=timezone.now() - dt.timedelta(hours=1))


def test_a_card_that_succeeds_is_authorised_and_captured(gateway: FakeGateway) -> None:
    order = a_placed_order()
    payment = a_card_payment(order)
    assert (payment.status, payment.authorised, payment.captured) == ("captured", TOTAL, TOTAL)
    assert asked(order) == [("authorise", "succeeded", TOTAL), ("capture", "succeeded", TOTAL)]
    assert money(order) == (TOTAL, 0, "paid")
    (charge,) = gateway.books.charges.values()
    assert (charge.amount, charge.captured, charge.currency) == (TOTAL, TOTAL, "EUR")
    assert ledger(order)[1:] == [("authorised", TOTAL), ("captured", TOTAL)]
    assert timeline(order.pk)[-4:] == [
        "payment.requested", "payment.authorised", "payment.requested", "payment.captured",
    ]  # fmt: skip
    assert set(PaymentAttempt.objects.values_list("token", flat=True)) == {""}
    assert [(each.account, each.detail, each.amount) for each in trial_balance(None) if each.account == "cash"] == [
        ("cash", "card fake", TOTAL),
    ]  # fmt: skip
    assert_everything_adds_up()


def test_a_card_that_is_declined_fails_and_leaves_the_order_unpaid() -> None:
    order = a_placed_order()
    payment = a_card_payment(order, "tok_declined")
    assert (payment.status, payment.authorised, the_attempt(order).code) == ("failed", 0, "insufficient_funds")
    assert (money(order), timeline(order.pk)[-1]) == ((0, 0, "unpaid"), "payment.declined")
    assert a_card_payment(order).status == "captured"
    assert_everything_adds_up()


def test_a_payer_who_must_act_is_waited_for(gateway: FakeGateway) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, "tok_action")
    attempt = the_attempt(order)
    assert (payment.status, attempt.status) == ("pending", "needs_action")
    assert attempt.action_url == f"{gateway.url}/action/{attempt.pk}"
    forgotten(order)
    assert sweep_attempts() == 0
    gateway.books.act(str(attempt.pk))
    assert sweep_attempts() == 1
    send_all(order)
    assert money(order) == (TOTAL, 0, "paid")
    assert_everything_adds_up()


def test_a_payer_who_refuses_to_act_has_not_paid(gateway: FakeGateway) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, "tok_action")
    gateway.books.act(str(the_attempt(order).pk), agrees=False)
    forgotten(order)
    assert sweep_attempts() == 1
    payment.refresh_from_db()
    assert (payment.status, the_attempt(order).code) == ("failed", "payer_refused")


def test_a_payer_who_takes_another_card_is_charged_once_even_if_they_act_later(gateway: FakeGateway) -> None:
    order = a_placed_order()
    first = a_card_payment(order, "tok_action")
    waiting = the_attempt(order)
    assert a_card_payment(order).status == "captured"
    gateway.books.act(str(waiting.pk))
    forgotten(order)
    assert sweep_attempts() == 1
    send_all(order)
    first.refresh_from_db()
    assert (first.status, money(order)) == ("voided", (TOTAL, 0, "paid"))
    assert sorted((each.captured, each.voided) for each in gateway.books.charges.values()) == [
        (0, True), (TOTAL, False),
    ]  # fmt: skip
    assert_everything_adds_up()


def test_a_call_that_the_gateway_will_never_take_counts_as_declined(gateway: FakeGateway) -> None:
    order = a_placed_order()
    gateway.refuses = 422
    payment = a_card_payment(order)
    assert (payment.status, the_attempt(order).code) == ("failed", "refused_by_gateway")


def test_what_was_done_before_the_gateway_refused_is_not_taken_for_declined(gateway: FakeGateway) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_broken", actor=ACTOR)
    attempt = the_attempt(order)
    with pytest.raises(GatewayUnavailable):
        send_attempt(attempt.pk)
    gateway.refuses = 401
    with nothing_changes(), pytest.raises(GatewayUnavailable):
        send_attempt(attempt.pk)
    gateway.refuses = 422
    send_attempt(attempt.pk)
    assert asked(order)[0] == ("authorise", "succeeded", TOTAL)


@pytest.mark.parametrize("card", ["tok_slow", "tok_broken"])
def test_what_was_done_without_an_answer_is_done_once(card: str, gateway: FakeGateway) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token=card, actor=ACTOR)
    attempt = the_attempt(order)
    with nothing_changes(), pytest.raises(GatewayUnavailable):
        send_attempt(attempt.pk)
    assert len(gateway.books.charges) == 1
    send_all(order)
    assert (len(gateway.books.charges), gateway.books.asked[str(attempt.pk)]) == (1, 2)
    assert money(order) == (TOTAL, 0, "paid")
    assert_everything_adds_up()


def test_what_never_arrived_is_sent_by_the_sweeper(gateway: FakeGateway) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    assert sweep_attempts() == 0, "it was asked for just now"
    forgotten(order)
    gateway.down = True
    with nothing_changes():
        assert sweep_attempts() == 0
    gateway.down = False
    assert sweep_attempts() == 1
    assert asked(order)[0] == ("authorise", "succeeded", TOTAL)


def test_an_authorisation_is_captured_in_parts_and_the_rest_is_let_go(gateway: FakeGateway) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, capture=False)
    assert (payment.status, money(order)) == ("authorised", (0, 0, "unpaid"))
    capture_payment_of(order.pk, payment.pk, amount=1_000, actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert (payment.status, payment.authorised, payment.captured) == ("authorised", TOTAL, 1_000)
    void_payment(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert (payment.status, payment.authorised, payment.captured) == ("captured", 1_000, 1_000)
    (charge,) = gateway.books.charges.values()
    assert (charge.captured, charge.voided) == (1_000, True)
    assert money(order) == (1_000, 0, "part_paid")
    assert_everything_adds_up()


def test_what_is_authorised_and_not_captured_is_let_go_whole() -> None:
    order = a_placed_order()
    payment = a_card_payment(order, capture=False)
    void_payment(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert (payment.status, payment.authorised) == ("voided", 0)
    assert asked(order)[-1] == ("void", "succeeded", TOTAL)
    assert_everything_adds_up()


def test_cancelling_lets_go_what_is_authorised() -> None:
    order = a_placed_order()
    payment = a_card_payment(order, capture=False)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert payment.status == "voided"
    assert_everything_adds_up()


def test_what_is_authorised_after_a_cancellation_is_let_go_and_never_captured(gateway: FakeGateway) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    send_all(order)
    assert asked(order) == [("authorise", "succeeded", TOTAL), ("void", "succeeded", TOTAL)]
    (charge,) = gateway.books.charges.values()
    assert (charge.captured, charge.voided) == (0, True)
    assert_everything_adds_up()


def test_a_refund_of_a_card_succeeds_when_the_gateway_has_given_it_back(gateway: FakeGateway) -> None:
    order = an_order_paid_by_card()
    refund = refund_items(order.pk, asked=Asked(goodwill=300), reason="other", actor=ACTOR)
    assert (refund.status, refund.credited, refund.amount, list(refund.parts.all())) == ("approved", 300, 300, [])
    assert money(order) == (TOTAL, 0, "overpaid")
    assert_everything_adds_up()
    send_all(order)
    refund.refresh_from_db()
    assert (refund.status, [part.amount for part in refund.parts.all()]) == ("succeeded", [300])
    assert money(order) == (TOTAL, 300, "paid")
    assert [charge.refunded for charge in gateway.books.charges.values()] == [300]
    assert_everything_adds_up()


def test_a_refund_that_the_gateway_declines_fails_and_is_given_in_another_way() -> None:
    client = a_client()
    order = a_placed_order(client, customer_id=a_customer(client).pk)
    a_card_payment(order, "tok_no_refund")
    refund = refund_items(order.pk, asked=Asked(goodwill=300), reason="other", actor=ACTOR)
    send_all(order)
    refund.refresh_from_db()
    assert (refund.status, list(refund.parts.all()), money(order)) == ("failed", [], (TOTAL, 0, "overpaid"))
    assert timeline(order.pk)[-2:] == ["payment.declined", "refund.failed"]
    assert_everything_adds_up()
    again = refund_items(order.pk, asked=Asked(), reason="other", to="store_credit", actor=ACTOR)
    assert (again.status, again.amount, money(order)) == ("succeeded", 300, (TOTAL, 300, "paid"))
    assert_everything_adds_up()


def test_a_refund_over_two_payments_ends_with_the_last_answer() -> None:
    order = a_placed_order()
    pay(order, 1_000)
    a_card_payment(order)
    refund = refund_items(order.pk, asked=Asked(everything=True), reason="other", actor=ACTOR)
    assert (refund.status, [part.amount for part in refund.parts.all()]) == ("approved", [1_000])
    send_all(order)
    refund.refresh_from_db()
    assert (refund.status, sorted(part.amount for part in refund.parts.all())) == ("succeeded", [1_000, TOTAL - 1_000])
    assert_everything_adds_up()


def test_what_a_gateway_gives_back_already_is_not_given_back_from_elsewhere() -> None:
    order = a_placed_order()
    a_card_payment(order, amount=2_000)
    first = refund_items(order.pk, asked=Asked(goodwill=300, amount=0), reason="other", actor=ACTOR)
    assert first.amount == 0
    pay(order, TOTAL - 2_000)
    refund_payment(order.pk, Payment.objects.get(order=order, method="card").pk, amount=300, actor=ACTOR)
    with refused(NothingToRefund):
        refund_items(order.pk, asked=Asked(), reason="other", actor=ACTOR)
    send_all(order)
    assert money(order) == (TOTAL, 300, "paid")
    assert_everything_adds_up()


def test_money_of_one_payment_goes_back_through_its_gateway() -> None:
    order = an_order_paid_by_card()
    payment = Payment.objects.get(order=order)
    refund_payment(order.pk, payment.pk, amount=500, actor=ACTOR)
    assert money(order) == (TOTAL, 0, "paid")
    send_all(order)
    assert money(order) == (TOTAL, 500, "part_refunded")
    assert_everything_adds_up()


def test_one_thing_of_a_payment_is_under_way_at_a_time() -> None:
    order = an_order_paid_by_card()
    payment = Payment.objects.get(order=order)
    refund_payment(order.pk, payment.pk, amount=500, actor=ACTOR)
    with refused(PaymentBusy) as caught:
        refund_payment(order.pk, payment.pk, amount=TOTAL, actor=ACTOR)
    assert caught.value.detail == "Refund is under way at the gateway fake."
    with refused(PaymentBusy):
        refund_items(order.pk, asked=Asked(everything=True), reason="other", actor=ACTOR)
    with refused_by_the_database("attempt_one_at_a_time"):
        PaymentAttempt.objects.create(payment=payment, kind="refund", amount=1, version=1, **ACTOR.columns())


def test_no_more_is_asked_of_cards_than_is_due() -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", amount=TOTAL - 100, actor=ACTOR)
    with refused(PaymentTooLarge) as caught:
        pay_by_card(order.pk, token="tok_ok", amount=101, actor=ACTOR)
    assert caught.value.detail == "1.00 EUR is due and not asked for by card already."
    assert pay_by_card(order.pk, token="tok_ok", actor=ACTOR).amount == 100
    with refused(PaymentTooLarge):
        pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    send_all(order)
    assert money(order) == (TOTAL, 0, "paid")


def test_refusals_say_why() -> None:
    order, draft = a_placed_order(), a_draft()
    with refused(InvalidInput) as caught:
        pay_by_card(order.pk, token="tok_ok", gateway="nobody", actor=ACTOR)
    assert caught.value.errors[0].pointer == "/gateway"
    with refused(OperationRefused):
        pay_by_card(draft.pk, token="tok_ok", actor=ACTOR)
    payment = pay(order)
    with refused(OperationRefused):
        capture_payment_of(order.pk, payment.pk, actor=ACTOR)


def test_a_capture_beyond_what_is_authorised_is_refused() -> None:
    order = a_placed_order()
    payment = a_card_payment(order, capture=False)
    with refused(PaymentTooLarge):
        capture_payment_of(order.pk, payment.pk, amount=TOTAL + 1, actor=ACTOR)


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_an_order_whose_card_is_being_charged_is_deleted_only_when_nothing_came_of_it(is_cancelled: bool) -> None:
    order = a_placed_order()
    payment = a_card_payment(order, capture=False)
    capture_payment_of(order.pk, payment.pk, actor=ACTOR)
    if is_cancelled:
        cancel_order(order.pk, reason="Enough", actor=ACTOR)
    with refused(OperationRefused) as caught:
        delete_order(order.pk, actor=ACTOR)
    assert "was asked to capture money of a card and has not answered yet" in caught.value.detail
    settle_attempt(the_attempt(order).pk, Answer(Outcome.DECLINED, code="expired"), actor=ACTOR)
    assert delete_order(order.pk, actor=ACTOR).is_deleted
    send_all(order)
    assert (Payment.objects.get(order=order).status, money(order)[:2]) == ("voided", (0, 0))
    assert_everything_adds_up()


def test_what_a_card_is_being_charged_counts_as_kept() -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    send_attempt(the_attempt(order).pk)
    too_much, all_of_it = MOST_KEPT * TOTAL, (MOST_KEPT - 1) * TOTAL
    with refused(PaymentTooLarge):
        record_payment(order.pk, method="cash", amount=too_much, allow_overpayment=True, actor=ACTOR)
    record_payment(order.pk, method="cash", amount=all_of_it, allow_overpayment=True, actor=ACTOR)
    send_all(order)
    assert money(order) == (MOST_KEPT * TOTAL, 0, "overpaid")
    assert_everything_adds_up()


def test_no_more_is_captured_than_the_order_can_keep(gateway: FakeGateway) -> None:
    order = a_placed_order()
    payment = pay_by_card(order.pk, token="tok_ok", capture=False, actor=ACTOR)
    cash = record_payment(order.pk, method="cash", amount=MOST_KEPT * TOTAL - 100, allow_overpayment=True, actor=ACTOR)
    send_attempt(the_attempt(order).pk)
    gateway.refuses = 422
    send_attempt(the_attempt(order).pk)
    gateway.refuses = 0
    with refused(PaymentTooLarge) as caught:
        capture_payment_of(order.pk, payment.pk, amount=101, actor=ACTOR)
    assert caught.value.detail == "The order can take 1.00 EUR of this payment."
    refund_payment(order.pk, cash.pk, amount=cash.amount, actor=ACTOR)
    capture_payment_of(order.pk, payment.pk, actor=ACTOR)
    send_all(order)
    assert money(order) == (MOST_KEPT * TOTAL - 100 + TOTAL, cash.amount, "paid")
    assert_everything_adds_up()


def test_a_gateway_that_the_settings_lost_is_a_dead_letter_with_advice(settings: Any) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    settings.PAYMENT_GATEWAYS = {}
    with nothing_changes(), pytest.raises(Undeliverable) as caught:
        send_attempt(the_attempt(order).pk)
    assert caught.value.unblock == "Add it to PAYMENT_GATEWAYS."


def notice(answer: dict[str, Any], *, secret: str = SECRET, at: int | None = None, name: str = "fake") -> int:
    body = json.dumps(answer).encode()
    headers = {HEADER: signature(secret, body, int(time.time()) if at is None else at)}
    path = f"/webhooks/payments/{name}/"
    return Browser().post(path, body, content_type="application/json", headers=headers).status_code


def test_a_notice_settles_an_attempt_and_the_same_again_changes_nothing() -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", capture=False, actor=ACTOR)
    told = {"key": str(the_attempt(order).pk), "outcome": "succeeded", "reference": "ch_9"}
    assert notice(told) == 204
    assert asked(order) == [("authorise", "succeeded", TOTAL)]
    with nothing_changes():
        assert notice(told) == 204
        assert send_attempt(the_attempt(order).pk) is not None
    with nothing_changes(but="orders_paymentnotice"):
        assert notice({**told, "outcome": "declined", "code": "late"}) == 204
    assert_everything_adds_up()


def test_what_a_gateway_tells_is_recorded_once_each_with_its_effect() -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", capture=False, actor=ACTOR)
    key = str(the_attempt(order).pk)
    told = [
        {"key": key, "outcome": "needs_action", "reference": "ch_9", "action_url": "https://bank.example/secret"},
        {"key": key, "outcome": "succeeded", "reference": "ch_9"},
        {"key": key, "outcome": "declined", "code": "late"},
    ]
    for each in told:
        assert notice(each) == 204
    with nothing_changes():
        for each in [*told, *reversed(told)]:
            assert notice(each) == 204
    kept = PaymentNotice.objects.order_by("id")
    assert [(each.attempt_id, each.outcome, each.reference, each.code, each.was_news) for each in kept] == [
        (the_attempt(order).pk, "needs_action", "ch_9", "", True),
        (the_attempt(order).pk, "succeeded", "ch_9", "", True),
        (the_attempt(order).pk, "declined", "", "late", False),
    ]
    with refused_by_the_database("Cannot update or delete"):
        kept.update(was_news=True)
    with refused_by_the_database("notice_once"):
        PaymentNotice.objects.create(attempt=the_attempt(order), outcome="declined", code="late", was_news=False)
    with refused_by_the_database("notice_outcome_known"):
        PaymentNotice.objects.create(attempt=the_attempt(order), outcome="perhaps", was_news=False)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"secret": "another"}, 400),
        ({"at": 1}, 400),
        ({"name": "nobody"}, 404),
    ],
)
def test_a_notice_that_is_not_the_gateways_is_refused(change: dict[str, Any], status: int) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    with nothing_changes():
        assert notice({"key": str(the_attempt(order).pk), "outcome": "succeeded"}, **change) == status


def test_a_gateway_tells_of_its_own_payments_alone(settings: Any) -> None:
    order = a_placed_order()
    pay_by_card(order.pk, token="tok_ok", actor=ACTOR)
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, "other": settings.PAYMENT_GATEWAYS["fake"]}
    with nothing_changes():
        assert notice({"key": str(the_attempt(order).pk), "outcome": "succeeded"}, name="other") == 204


def test_the_page_of_a_payment_lists_what_was_asked_and_what_was_told_in_the_same_number_of_statements() -> None:
    order = a_placed_order()
    payment = pay_by_card(order.pk, token="tok_private", capture=False, actor=ACTOR)
    key, browser = str(the_attempt(order).pk), browser_of(a_superuser())
    address = object_page("orders.payment", payment.pk)
    assert "Nothing was told unasked." in told(browser.get(address))
    notice({"key": key, "outcome": "needs_action", "reference": "ch_9", "action_url": "https://bank.example/private"})
    few = statements(browser, address)
    notice({"key": key, "outcome": "succeeded", "reference": "ch_9"})
    notice({"key": key, "outcome": "declined", "code": "late"})
    assert statements(browser, address) == few
    page = told(browser.get(address))
    assert "Authorise Declined late None, it was settled already" in page
    assert "Authorise Succeeded ch_9 Settled it" in page
    assert "Authorise The payer must act ch_9 Waits for the payer" in page
    assert "private" not in page


def statements(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_a_capture_that_is_declined_after_a_cancellation_lets_go_what_was_set_aside() -> None:
    order = a_placed_order()
    payment = a_card_payment(order, capture=False)
    capture_payment_of(order.pk, payment.pk, actor=ACTOR)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    settle_attempt(the_attempt(order).pk, Answer(Outcome.DECLINED, code="expired"), actor=ACTOR)
    send_all(order)
    payment.refresh_from_db()
    assert (payment.status, asked(order)[-1]) == ("voided", ("void", "succeeded", TOTAL))
    assert_everything_adds_up()


def test_a_notice_of_nothing_here_is_taken_and_one_that_cannot_be_read_refused() -> None:
    with nothing_changes():
        assert notice({"key": str(new_id()), "outcome": "succeeded"}) == 204
        assert notice({"key": "not ours", "outcome": "succeeded"}) == 204
        assert notice({"outcome": "succeeded"}) == 400
        assert notice({"key": str(new_id()), "outcome": "nonsense"}) == 400
        assert Browser().post("/webhooks/payments/fake/", b"{}", content_type="application/json").status_code == 400
        assert Browser().get("/webhooks/payments/fake/").status_code == 405


def test_what_is_known_stays_known_whoever_tells_it() -> None:
    order = an_order_paid_by_card()
    capture = the_attempt(order)
    with nothing_changes():
        settle_attempt(capture.pk, Answer(Outcome.DECLINED, code="late"), actor=ACTOR)
        settle_attempt(capture.pk, Answer(Outcome.SUCCEEDED), actor=ACTOR)
