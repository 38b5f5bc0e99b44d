"""What the fake gateway says of a day, over real HTTP, against what it was asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.ids import new_id
from core.models import Event
from core.transactions import UnitOfWorkError, unit_of_work
from deploy.fakes import gateway as fakes
from deploy.fakes.gateway import FakeGateway
from orders.payments.gateways import ReportPage
from orders.payments.gateways.http import HttpGateway
from orders.payments.models import PaymentAttempt
from orders.settlement.actions import dismiss_difference
from orders.settlement.errors import NoReport, ReportUnfinished
from orders.settlement.models import PaymentDifference
from orders.settlement.reconciling import Reconciled, reconcile
from orders.tasks import reconcile_payments
from tests.factories.core import ACTOR
from tests.factories.gateways import a_card_payment, a_gateway, an_order_paid_by_card
from tests.factories.orders import TOTAL, a_placed_order
from tests.factories.settlement import forget, the_attempt_of
from tests.factories.watching import as_superuser, nothing_changes, refused

pytestmark = pytest.mark.django_db


class Silent(HttpGateway):
    """Charges cards, and can't tell what it did."""

    list_calls = None  # type: ignore[assignment]


class Round(HttpGateway):
    """Tells the same page for ever."""

    def list_calls(self, since: dt.datetime, until: dt.datetime, cursor: str = "") -> ReportPage:
        return ReportPage([], "again")


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_gateway(slow=0.1) as running:
        yield running


def adapted_by(adapter: type) -> None:
    fake = {**settings.PAYMENT_GATEWAYS["fake"], "adapter": f"{__name__}.{adapter.__name__}"}
    settings.PAYMENT_GATEWAYS = {"fake": fake}


def today() -> Reconciled:
    return reconcile("fake", timezone.localdate(), actor=ACTOR)


def differences() -> list[tuple[str, Any, Any]]:
    return [
        (each.kind, each.our_amount and (each.our_amount, each.our_currency, each.our_outcome),
         each.their_amount and (each.their_amount, each.their_currency, each.their_outcome))
        for each in PaymentDifference.objects.order_by("id")
    ]  # fmt: skip


def test_a_day_on_which_both_say_the_same_has_no_difference() -> None:
    an_order_paid_by_card()
    a_card_payment(card="tok_declined")
    with nothing_changes():
        assert today() == Reconciled(calls=3, missing=0, new=0, open=0)


def test_a_call_that_the_gateway_does_not_know_is_missing_there(gateway: FakeGateway) -> None:
    order = an_order_paid_by_card()
    capture = the_attempt_of(order, "capture")
    forget(gateway, capture)
    assert today() == Reconciled(calls=1, missing=1, new=1, open=1)
    assert differences() == [("missing_there", (TOTAL, "EUR", "capture succeeded"), None)]
    found = PaymentDifference.objects.get()
    assert (found.client_id, found.attempt_id, found.gateway, found.cash_off) == (
        order.client_id, capture.pk, "fake", -TOTAL,
    )  # fmt: skip
    event = Event.objects.get(type="payment_difference.found")
    assert (event.client_id, event.actor_name) == (order.client_id, ACTOR.name)
    assert event.data == {"gateway": "fake", "kind": "missing_there", "attempt_id": str(capture.pk)}


def test_a_call_that_is_not_known_here_is_missing_here(gateway: FakeGateway) -> None:
    _, authorised = gateway.books.put(str(new_id()), a_call("authorise"))
    gateway.books.put("not-ours", a_call("capture", reference=authorised["reference"]))
    assert today().new == 2
    assert sorted(differences()) == [
        ("missing_here", None, (700, "EUR", "authorise succeeded")),
        ("missing_here", None, (700, "EUR", "capture succeeded")),
    ]


def a_call(kind: str, **more: str) -> dict[str, Any]:
    return {"kind": kind, "amount": 700, "currency": "EUR", "order_id": "x", "reference": "", "token": "tok_ok", **more}


@pytest.mark.parametrize(
    ("kind", "call", "answer", "theirs"),
    [
        ("amount", {"amount": TOTAL - 1}, {}, (TOTAL - 1, "EUR", "capture succeeded")),
        ("currency", {"currency": "USD", "amount": 1}, {}, (1, "USD", "capture succeeded")),
        ("outcome", {"amount": 1}, {"outcome": "declined"}, (1, "EUR", "capture declined")),
    ],
)
def test_what_differs_is_recorded_with_both_figures(
    gateway: FakeGateway, kind: str, call: dict[str, Any], answer: dict[str, Any], theirs: tuple[int, str, str]
) -> None:
    key = str(the_attempt_of(an_order_paid_by_card(), "capture").pk)
    gateway.books.calls[key] |= call
    gateway.books.answers[key] |= answer
    assert today() == Reconciled(calls=2, missing=0, new=1, open=1)
    assert differences() == [(kind, (TOTAL, "EUR", "capture succeeded"), theirs)]


def test_a_run_again_records_nothing_twice_and_knows_what_was_resolved(gateway: FakeGateway) -> None:
    forget(gateway, the_attempt_of(an_order_paid_by_card(), "capture"))
    today()
    with nothing_changes():
        assert today() == Reconciled(calls=1, missing=1, new=0, open=1)
    dismiss_difference(PaymentDifference.objects.get().pk, note="Test", actor=ACTOR)
    with nothing_changes():
        assert today() == Reconciled(calls=1, missing=1, new=0, open=0)


def test_what_is_settled_while_the_gateway_is_asked_is_looked_at_the_next_time(
    gateway: FakeGateway,
) -> None:
    order, lost = an_order_paid_by_card(), an_order_paid_by_card()
    gateway.books.calls[str(the_attempt_of(order, "capture").pk)]["amount"] = 1
    forget(gateway, the_attempt_of(lost, "capture"))
    with as_superuser():
        later = timezone.now() + dt.timedelta(hours=1)
        PaymentAttempt.objects.filter(kind="capture").update(settled_at=later)
    with nothing_changes():
        assert today() == Reconciled(calls=3, missing=0, new=0, open=0)
    with as_superuser():
        PaymentAttempt.objects.filter(kind="capture").update(settled_at=timezone.now())
    assert (today().new, today().open) == (2, 2)


def test_a_call_that_is_told_of_twice_is_one(gateway: FakeGateway) -> None:
    gateway.books.put("not-ours", a_call("authorise"))
    twice = _listed(gateway)
    gateway.books.listed = lambda *_: {**twice, "calls": twice["calls"] * 2}  # type: ignore[method-assign]
    assert (today().new, PaymentDifference.objects.count()) == (1, 1)


def _listed(gateway: FakeGateway) -> dict[str, Any]:
    now = timezone.now()
    return gateway.books.listed(now - dt.timedelta(days=1), now + dt.timedelta(days=1), 0)


def test_what_is_under_way_differs_in_nothing_yet() -> None:
    a_card_payment(card="tok_action")
    with nothing_changes():
        assert today() == Reconciled(calls=1, missing=0, new=0, open=0)


def test_what_never_reached_the_gateway_and_counts_as_declined_is_no_difference(gateway: FakeGateway) -> None:
    gateway.refuses = 400
    a_card_payment()
    gateway.refuses = 0
    assert PaymentAttempt.objects.get().status == "declined"
    with nothing_changes():
        assert today() == Reconciled(calls=0, missing=0, new=0, open=0)


def test_what_was_asked_on_the_day_and_done_long_after_is_found() -> None:
    order = an_order_paid_by_card()
    with as_superuser():
        PaymentAttempt.objects.filter(payment__order=order).update(created_at=timezone.now() - dt.timedelta(days=3))
    with nothing_changes():
        assert reconcile("fake", timezone.localdate() - dt.timedelta(days=3), actor=ACTOR).missing == 0


def test_many_calls_come_page_by_page(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes, "PAGE", 2)
    for _ in range(3):
        an_order_paid_by_card()
    heard: list[int] = []
    found = reconcile("fake", timezone.localdate(), actor=ACTOR, told=heard.append)
    assert (found.calls, found.new, heard) == (6, 0, [2, 4, 6])
    assert gateway.books.asked.total() == 6, "a list asks for nothing"


def test_what_a_gateway_that_is_down_says_is_nothing_and_afterwards_all_is_found(gateway: FakeGateway) -> None:
    forget(gateway, the_attempt_of(an_order_paid_by_card(), "capture"))
    gateway.down = True
    with refused(ReportUnfinished):
        today()
    gateway.down = False
    assert today().new == 1


def test_one_that_takes_too_long_is_left_with_what_was_found(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes, "PAGE", 1)
    order = an_order_paid_by_card()
    gateway.books.calls[str(the_attempt_of(order, "authorise").pk)]["amount"] = 1
    forget(gateway, the_attempt_of(an_order_paid_by_card(), "capture"))
    with pytest.raises(ReportUnfinished, match="takes too long"):
        reconcile("fake", timezone.localdate(), actor=ACTOR, seconds=-1.0)
    assert [kind for kind, *_ in differences()] == ["amount"], "and nothing is called missing"
    assert today().new == 1


def test_one_that_goes_round_in_circles_is_left() -> None:
    adapted_by(Round)
    with refused(ReportUnfinished):
        today()


def test_an_adapter_that_cannot_tell_charges_cards_and_is_passed_over() -> None:
    adapted_by(Silent)
    assert a_card_payment().status == "captured"
    with refused(NoReport):
        today()
    assert reconcile_payments() == 0


def test_no_gateway_is_asked_within_a_transaction() -> None:
    with pytest.raises(UnitOfWorkError), unit_of_work():
        today()


def test_the_clock_goes_over_the_last_two_days(gateway: FakeGateway) -> None:
    for days in (1, 2, 3):
        attempt = the_attempt_of(an_order_paid_by_card(), "capture")
        forget(gateway, attempt)
        with as_superuser():
            PaymentAttempt.objects.filter(pk=attempt.pk).update(created_at=timezone.now() - dt.timedelta(days=days))
    assert reconcile_payments() == 2
    gateway.down = True
    assert reconcile_payments() == 0


class TestTheCommand:
    def run(self, *arguments: str) -> str:
        output = StringIO()
        call_command("reconcile_payments", *arguments, stdout=output)
        return output.getvalue()

    def test_tells_what_it_found_and_exits_with_3_for_what_is_open(self, gateway: FakeGateway) -> None:
        order = an_order_paid_by_card()
        day = timezone.localdate().isoformat()
        assert self.run("--gateway", "fake", "--day", day) == (
            f"{day}: 2 calls at fake, 0 of ours missing there, 0 new differences, 0 open\n"
        )
        forget(gateway, the_attempt_of(order, "capture"))
        with pytest.raises(CommandError) as refusal:
            self.run("--gateway", "fake", "--day", day)
        assert refusal.value.returncode == 3
        assert "2026" not in self.run("--gateway", "fake", "--day", "2020-01-01")

    def test_says_which_gateways_there_are_and_that_one_is_down(self, gateway: FakeGateway) -> None:
        with pytest.raises(CommandError, match="there are: fake"):
            self.run("--gateway", "nobody")
        gateway.down = True
        with pytest.raises(CommandError, match="Ask again later") as refusal:
            self.run("--gateway", "fake")
        assert refusal.value.returncode == 1


@pytest.mark.parametrize(
    "told",
    [
        [], {"calls": []}, {"calls": [{}], "cursor": ""}, {"calls": 5, "cursor": ""},
        {"calls": [{"key": "k", "kind": "capture", "amount": 1.5, "currency": "EUR", "outcome": "succeeded",
                    "at": "2026-01-31T12:00:00Z"}], "cursor": ""},
        {"calls": [{"key": "k", "kind": "capture", "amount": 1, "currency": "EUR", "outcome": "lost",
                    "at": "2026-01-31T12:00:00Z"}], "cursor": ""},
        {"calls": [{"key": "k", "kind": "capture", "amount": 1, "currency": "EUR", "outcome": "succeeded",
                    "at": "2026-01-31T12:00:00"}], "cursor": ""},
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_not_believed(gateway: FakeGateway, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.books, "listed", lambda *_: told)
    a_placed_order()
    with refused(ReportUnfinished):
        today()
