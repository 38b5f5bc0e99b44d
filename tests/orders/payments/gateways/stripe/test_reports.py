"""What Stripe's adapter tells of a period, over real HTTP: calls by our keys, and payouts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from core.ids import new_id
from orders.payments.gateways import (
    Call,
    GatewayUnavailable,
    Outcome,
    PaidCall,
    PayingOut,
    ReportedCall,
    ReportedPayout,
    Reporting,
)
from orders.payments.gateways.stripe import StripeGateway, reported, reports
from tests.fakes.stripe_server import FEE, KEY, SECRET, StripeServer

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
VISA = "pm_card_visa"
TOTAL = 2_750


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with StripeServer().running() as running:
        yield running


@pytest.fixture
def gateway(server: StripeServer) -> StripeGateway:
    return StripeGateway(url=server.url, key=KEY, secret=SECRET, return_url="https://shop.example/", seconds=5.0)


def sent(gateway: StripeGateway, kind: str, *, amount: int = TOTAL, reference: str = "", token: str = "") -> str:
    """The key of a call that was sent."""
    key = str(new_id())
    gateway.send(Call(key, kind, amount, "EUR", "o-1", reference, token))
    return key


def told(gateway: StripeGateway, days_ago: int = 0) -> list[tuple[str, str, int, str]]:
    """Key, kind, amount and outcome of all calls of a day about now."""
    calls = all_calls(gateway, dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago))
    assert {call.currency for call in calls} <= {"EUR"}
    return sorted((call.key, call.kind, call.amount, str(call.outcome)) for call in calls)


def all_calls(gateway: StripeGateway, at: dt.datetime) -> list[ReportedCall]:
    calls: list[ReportedCall] = []
    cursor = ""
    while True:
        page = gateway.list_calls(at - 12 * HOUR, at + 12 * HOUR, cursor)
        calls += page.calls
        cursor = page.cursor
        if not cursor:
            return calls


def test_it_tells_what_it_did_and_what_it_paid_out(gateway: StripeGateway) -> None:
    assert isinstance(gateway, Reporting)
    assert isinstance(gateway, PayingOut)


def test_each_call_is_told_by_the_key_under_which_it_was_asked(gateway: StripeGateway) -> None:
    paid, captured = sent(gateway, "authorise", token=VISA), sent(gateway, "capture", reference="pi_1")
    refunded = sent(gateway, "refund", amount=700, reference="pi_1")
    let_go, voided = sent(gateway, "authorise", token=VISA), sent(gateway, "void", reference="pi_2")
    declined = sent(gateway, "authorise", token="pm_card_chargeDeclined")
    waiting = sent(gateway, "authorise", token="pm_card_authenticationRequired")
    assert told(gateway) == sorted([
        (paid, "authorise", TOTAL, "succeeded"), (captured, "capture", TOTAL, "succeeded"),
        (refunded, "refund", 700, "succeeded"), (let_go, "authorise", TOTAL, "succeeded"),
        (voided, "void", TOTAL, "succeeded"), (declined, "authorise", TOTAL, "declined"),
        (waiting, "authorise", TOTAL, "needs_action"),
    ])  # fmt: skip


def test_a_capture_in_part_is_told_with_its_amount_and_the_void_of_the_rest_with_the_rest(
    gateway: StripeGateway,
) -> None:
    key, captured = sent(gateway, "authorise", token=VISA), sent(gateway, "capture", amount=1_000, reference="pi_1")
    voided = sent(gateway, "void", amount=1_750, reference="pi_1")
    assert told(gateway) == sorted([
        (key, "authorise", TOTAL, "succeeded"), (captured, "capture", 1_000, "succeeded"),
        (voided, "void", 1_750, "succeeded"),
    ])  # fmt: skip


def test_a_capture_and_a_void_are_told_of_the_day_on_which_they_came_to_older_intents(gateway: StripeGateway) -> None:
    now = dt.datetime.now(dt.UTC)
    with time_machine.travel(now - 5 * DAY):
        first, second = (sent(gateway, "authorise", token=VISA) for _ in range(2))
    captured, voided = sent(gateway, "capture", reference="pi_1"), sent(gateway, "void", reference="pi_2")
    done = sorted([(captured, "capture", TOTAL, "succeeded"), (voided, "void", TOTAL, "succeeded")])
    assert told(gateway) == done
    begun = sorted([(first, "authorise", TOTAL, "succeeded"), (second, "authorise", TOTAL, "succeeded")])
    assert told(gateway, days_ago=5) == begun
    assert abs(all_calls(gateway, now)[0].at - now) < HOUR


def test_what_was_done_by_hand_to_an_intent_of_ours_has_stripes_own_name(
    gateway: StripeGateway, server: StripeServer
) -> None:
    key = sent(gateway, "authorise", token=VISA)
    server.capture_by_hand(server.intents["pi_1"], 2_000)
    server.refund_by_hand(server.intents["pi_1"], 300)
    assert told(gateway) == sorted([
        (key, "authorise", TOTAL, "succeeded"), ("ch_1", "capture", 2_000, "succeeded"),
        ("re_1", "refund", 300, "succeeded"),
    ])  # fmt: skip


def test_what_other_systems_did_on_the_same_account_is_left_out(gateway: StripeGateway, server: StripeServer) -> None:
    sent(gateway, "authorise", token=VISA)
    sent(gateway, "capture", reference="pi_1")
    server.intents["pi_1"]["metadata"] = {"shop": "another"}
    server.refund_by_hand(server.intents["pi_1"], 300)
    assert told(gateway) == []


def test_a_refund_on_its_way_is_not_told_and_one_that_failed_is_declined(
    gateway: StripeGateway, server: StripeServer
) -> None:
    authorised = sent(gateway, "authorise", token="pm_card_pendingRefund")
    captured = sent(gateway, "capture", reference="pi_1")
    key = str(new_id())
    with pytest.raises(GatewayUnavailable):
        gateway.send(Call(key, "refund", 700, "EUR", "o-1", "pi_1"))
    both = [(authorised, "authorise", TOTAL, "succeeded"), (captured, "capture", TOTAL, "succeeded")]
    assert told(gateway) == sorted(both)
    server.settle_refund(server.refunds[0], "failed")
    assert told(gateway) == sorted([*both, (key, "refund", 700, "declined")])


def test_an_intent_that_was_declined_and_then_cancelled_was_never_authorised() -> None:
    intent: dict[str, Any] = {
        "id": "pi_1", "status": "canceled", "cancellation_reason": None, "metadata": {"call": "k"}, "amount": 5,
        "currency": "eur", "created": 1_767_225_600, "latest_charge": {"id": "ch_1", "status": "failed"},
    }  # fmt: skip
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert reported.authorisation(intent) == ReportedCall("k", "authorise", 5, "EUR", Outcome.DECLINED, at)
    intent["latest_charge"]["status"] = "succeeded"
    assert reported.authorisation(intent) == ReportedCall("k", "authorise", 5, "EUR", Outcome.SUCCEEDED, at)


def test_an_intent_that_is_not_let_go_yet_is_not_told_as_voided(gateway: StripeGateway, server: StripeServer) -> None:
    key = sent(gateway, "authorise", token=VISA)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    server.intents["pi_1"]["metadata"] |= {"void": "v", "void_on": today}
    assert told(gateway) == [(key, "authorise", TOTAL, "succeeded")]


def test_every_list_is_followed_from_page_to_page(
    gateway: StripeGateway, server: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE", 2)
    keys = []
    for number in range(1, 4):
        keys += [sent(gateway, "authorise", token=VISA), sent(gateway, "capture", reference=f"pi_{number}")]
        keys.append(sent(gateway, "refund", amount=1, reference=f"pi_{number}"))
    for number in range(4, 7):
        keys += [sent(gateway, "authorise", token=VISA), sent(gateway, "void", reference=f"pi_{number}")]
    assert sorted(key for key, *_ in told(gateway)) == sorted(keys)


@pytest.mark.parametrize("cursor", ["nothing", "2026-13-01", "intents pi_9 pi_8"])
def test_a_cursor_or_a_list_that_is_none_is_not_believed(
    cursor: str, gateway: StripeGateway, server: StripeServer
) -> None:
    sent(gateway, "authorise", token=VISA)
    now = dt.datetime.now(dt.UTC)
    del server.intents["pi_1"]["currency"]
    with pytest.raises(GatewayUnavailable):
        gateway.list_calls(now - HOUR, now + HOUR)
    with pytest.raises(GatewayUnavailable):
        gateway.list_calls(now - HOUR, now + HOUR, cursor)


class TestPayouts:
    def all(self, gateway: StripeGateway, days_ago: int = 0) -> list[ReportedPayout]:
        day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days_ago)
        found: list[ReportedPayout] = []
        cursor = ""
        while True:
            page = gateway.list_payouts(day, day + DAY, cursor)
            found += page.payouts
            cursor = page.cursor
            if not cursor:
                return found

    def test_a_payout_is_of_our_calls_less_their_fees(self, gateway: StripeGateway, server: StripeServer) -> None:
        sent(gateway, "authorise", token=VISA)
        captured = sent(gateway, "capture", reference="pi_1")
        refunded = sent(gateway, "refund", amount=700, reference="pi_1")
        server.pay_out()
        calls = [PaidCall(refunded, -700, 0), PaidCall(captured, TOTAL, FEE)]
        today = dt.datetime.now(dt.UTC).date()
        assert self.all(gateway) == [ReportedPayout("po_1", today, "EUR", 2_050, FEE, 2_020, calls)]
        assert self.all(gateway, days_ago=1) == []

    def test_a_capture_in_part_is_the_charge_less_what_was_let_go(
        self, gateway: StripeGateway, server: StripeServer
    ) -> None:
        sent(gateway, "authorise", token=VISA)
        captured = sent(gateway, "capture", amount=1_000, reference="pi_1")
        server.pay_out()
        (payout,) = self.all(gateway)
        assert payout.calls == [PaidCall(captured, -1_750, 0), PaidCall(captured, TOTAL, FEE)]
        assert (payout.gross, payout.fee, payout.net) == (1_000, FEE, 1_000 - FEE)

    def test_what_has_no_key_of_ours_is_named_as_stripe_calls_it(
        self, gateway: StripeGateway, server: StripeServer
    ) -> None:
        sent(gateway, "authorise", token=VISA)
        server.capture_by_hand(server.intents["pi_1"], TOTAL)
        server.book("stripe_fee", -200, reporting_category="fee")
        server.pay_out()
        (payout,) = self.all(gateway)
        assert payout.calls == [PaidCall("stripe_fee txn_2", -200, 0), PaidCall("charge txn_1", TOTAL, FEE)]

    def test_a_large_payout_comes_in_parts_and_payouts_one_after_the_other(
        self, gateway: StripeGateway, server: StripeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reports, "PAGE", 2)
        for number in range(1, 5):
            sent(gateway, "authorise", token=VISA)
            sent(gateway, "capture", reference=f"pi_{number}")
            if number == 1:
                server.pay_out()
        server.pay_out()
        found = [(part.reference, len(part.calls), part.gross, part.net) for part in self.all(gateway)]
        of_three, of_one = 3 * (TOTAL - FEE), TOTAL - FEE
        assert found == [
            ("po_2", 1, TOTAL, of_three), ("po_2", 2, 2 * TOTAL, of_three), ("po_1", 1, TOTAL, of_one),
        ]  # fmt: skip

    def test_one_that_is_not_reconciled_yet_is_left_and_one_by_hand_has_no_calls(
        self, gateway: StripeGateway, server: StripeServer
    ) -> None:
        server.pay_out(reconciliation_status="in_progress")
        server.pay_out(automatic=False, reconciliation_status="not_applicable", amount=500)
        server.pay_out(status="pending")
        today = dt.datetime.now(dt.UTC).date()
        assert self.all(gateway) == [ReportedPayout("po_2", today, "EUR", 0, 0, 500, [])]
