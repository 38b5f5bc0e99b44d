"""What gateways say that they paid out, over real HTTP, from their lists to the books."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from structlog.testing import capture_logs

from core.actors import Actor
from core.ids import new_id
from core.locks import session_lock
from core.transactions import UnitOfWorkError, unit_of_work
from deploy.fakes.gateway import FEE, FakeGateway
from orders.actions import refund_payment
from orders.payments.gateways.http import HttpGateway
from orders.payments.models import Payment
from orders.settlement.errors import NoPayouts, ReportUnfinished
from orders.settlement.fetching import Fetched, fetch_payouts
from orders.settlement.models import Payout, PayoutLine
from orders.settlement.queries import settlement_off
from orders.tasks import fetch_payouts as fetch_by_night
from tests.factories.core import ACTOR
from tests.factories.gateways import a_gateway, an_order_paid_by_card, send_all
from tests.factories.orders import TOTAL
from tests.factories.settlement import the_attempt_of
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


class Mute(HttpGateway):
    """Charges cards, and can't tell what it paid out."""

    list_payouts = None  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_gateway(slow=0.1) as running:
        yield running


def today() -> dt.date:
    return timezone.localdate()


def fetch(**more: Any) -> Fetched:
    return fetch_payouts("fake", today() - DAY, today() + DAY, actor=ACTOR, **more)


def pay_out(gateway: FakeGateway, on: dt.date | None = None) -> dict[str, Any]:
    return gateway.books.pay_out("EUR", on or today())


def problems() -> list[str]:
    """Why the only payout is refused; nothing is changed."""
    with nothing_changes():
        found = fetch()
    assert (found.new, found.here, list(found.refused)) == ([], 0, ["po_1"])
    return list(found.refused["po_1"])


def test_a_payout_is_posted_with_its_calls_and_fees_and_once(gateway: FakeGateway) -> None:
    order = an_order_paid_by_card()
    refund_payment(order.pk, Payment.objects.get(order=order).pk, amount=700, actor=ACTOR)
    send_all(order)
    pay_out(gateway)
    found = fetch()
    assert ([each.reference for each in found.new], found.here, found.refused) == (["po_1"], 0, {})
    payout = Payout.objects.get()
    assert (payout.gateway, payout.paid_on, payout.currency, payout.actor) == ("fake", today(), "EUR", ACTOR)
    assert (payout.gross, payout.fee, payout.net) == (TOTAL - 700, 2 * FEE, TOTAL - 700 - 2 * FEE)
    assert set(PayoutLine.objects.values_list("attempt_id", "amount", "fee")) == {
        (the_attempt_of(order, "capture").pk, TOTAL, FEE), (the_attempt_of(order, "refund").pk, -700, FEE),
    }  # fmt: skip
    assert settlement_off() == []
    with nothing_changes():
        assert fetch() == Fetched(here=1)


def test_payouts_come_page_by_page_and_only_those_of_the_days(gateway: FakeGateway) -> None:
    for days in (2, 1, 0, -1):
        an_order_paid_by_card()
        pay_out(gateway, today() - days * DAY)
    assert [each.reference for each in fetch().new] == ["po_2", "po_3"]


def test_one_that_comes_in_parts_is_one_and_a_call_in_both_is_summed(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = the_attempt_of(an_order_paid_by_card(), "capture")
    given = pay_out(gateway)
    over, back = (
        {"key": str(attempt.pk), "amount": TOTAL + 5, "fee": FEE},
        {"key": str(attempt.pk), "amount": -5, "fee": 0},
    )
    first = {**given, "gross": TOTAL + 5, "calls": [over]}
    second = {**given, "gross": -5, "fee": 0, "calls": [back]}
    gateway.books.payouts[:] = [first, second]
    assert [(each.gross, each.fee, each.net) for each in fetch().new] == [(TOTAL, FEE, TOTAL - FEE)]
    assert PayoutLine.objects.get().amount == TOTAL


def test_one_whose_second_part_is_not_told_is_not_brought_in_and_those_before_are(gateway: FakeGateway) -> None:
    an_order_paid_by_card()
    pay_out(gateway)
    an_order_paid_by_card()
    an_order_paid_by_card()
    second = pay_out(gateway)
    half = {**second, "gross": TOTAL, "fee": FEE}
    gateway.books.payouts[1:] = [{**half, "calls": second["calls"][:1]}, {**half, "calls": ["unreadable"]}]
    with pytest.raises(ReportUnfinished, match="can't be read"):
        fetch()
    assert [each.reference for each in Payout.objects.all()] == ["po_1"]
    gateway.books.payouts[2] = {**half, "calls": second["calls"][1:]}
    assert [each.reference for each in fetch().new] == ["po_2"]
    assert settlement_off() == []


def test_what_cannot_be_matched_is_told_and_the_whole_payout_left(gateway: FakeGateway) -> None:
    order = an_order_paid_by_card()
    given = pay_out(gateway)
    unknown, capture = str(new_id()), the_attempt_of(order, "capture").pk
    others = [{"key": "stripe_fee txn_1", "amount": -200, "fee": 0}, {"key": "dispute txn_2", "amount": -1, "fee": 0}]
    gateway.books.payouts[0] = {**given, "calls": [*given["calls"], *others]}
    assert problems() == [
        "payout po_1: the gateway was never asked for the call stripe_fee txn_1.",
        "payout po_1: the gateway was never asked for the call dispute txn_2.",
    ]
    gateway.books.payouts[0] = {**given, "calls": [{**given["calls"][0], "key": unknown}]}
    assert problems() == [f"payout po_1: the gateway was never asked for the call {unknown}."]
    gateway.books.payouts[0] = {**given, "gross": 5, "calls": [{**given["calls"][0], "amount": 5}]}
    assert problems() == [
        "fake: payout po_1 has a net of 27.20 EUR, and its gross less its fee is -0.25 EUR.",
        f"payout po_1: the call {capture} is 0.05 EUR, and here 27.50 EUR.",
    ]


def test_one_that_is_refused_holds_up_no_other(gateway: FakeGateway) -> None:
    for _ in range(2):
        an_order_paid_by_card()
        pay_out(gateway)
    gateway.books.payouts[0]["net"] += 1
    found = fetch()
    assert ([each.reference for each in found.new], list(found.refused)) == (["po_2"], ["po_1"])
    gateway.books.payouts[0]["net"] -= 1
    assert [each.reference for each in fetch().new] == ["po_1"]


def test_one_that_is_here_with_other_figures_is_told(gateway: FakeGateway) -> None:
    given = paid_out(gateway)
    fetch()
    gateway.books.payouts[0] = {**given, "paid_on": (today() - DAY).isoformat()}
    assert problems() == ["fake: payout po_1 is here already, with other figures or other calls."]


def paid_out(gateway: FakeGateway) -> dict[str, Any]:
    an_order_paid_by_card()
    return pay_out(gateway)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reference": "po\n1"}, "payout po\n1: its reference can't be kept."),
        ({"currency": "XXX"}, "payout po_1: XXX is no currency of today, such as EUR."),
        ({"calls": []}, "payout po_1: the gateway doesn't tell which calls it is of."),
        ({"net": 10**15 + 1}, "payout po_1: an amount is too large."),
        ({"calls": [{"key": "k", "amount": 0, "fee": 5}]}, "payout po_1: the call k comes to nothing."),
    ],
)
def test_what_cannot_be_kept_is_told(gateway: FakeGateway, change: dict[str, Any], told: str) -> None:
    given = paid_out(gateway)
    gateway.books.payouts[0] = {**given, **change}
    with nothing_changes():
        (refused_for,) = fetch().refused.values()
    assert refused_for[0] == told


def test_parts_that_tell_different_figures_of_the_whole_are_told(gateway: FakeGateway) -> None:
    given = paid_out(gateway)
    gateway.books.payouts.append({**given, "net": 1, "gross": 0, "fee": 0, "calls": []})
    assert problems() == ["payout po_1: its parts tell different figures of the whole."]


@pytest.mark.parametrize(
    "told",
    [
        {}, {"payouts": 5, "cursor": ""}, {"payouts": [{}], "cursor": ""}, {"payouts": ["x"], "cursor": ""},
        *[
            {"payouts": [{"reference": "po_1", "paid_on": "2026-01-31", "currency": "EUR", "gross": 1, "fee": 0,
                          "net": 1, "calls": [], **wrong}], "cursor": ""}
            for wrong in (
                {"reference": ""}, {"reference": "x" * 101}, {"reference": 5}, {"paid_on": "31.1.2026"},
                {"paid_on": None}, {"currency": "EURO"}, {"gross": 1.5}, {"net": True}, {"fee": "0"},
                {"calls": [{"key": "", "amount": 1, "fee": 0}]}, {"calls": [{"key": "k", "amount": 1}]},
            )
        ],
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_not_believed(gateway: FakeGateway, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.books, "paid_out", lambda *_: told)
    an_order_paid_by_card()
    with refused(ReportUnfinished):
        fetch()


def test_a_gateway_that_is_down_or_has_no_list_is_passed_over_by_night(gateway: FakeGateway) -> None:
    paid_out(gateway)
    gateway.down = True
    with refused(ReportUnfinished), capture_logs() as logs:
        fetch()
    with capture_logs() as logs:
        assert fetch_by_night() == 0
    assert [(each["event"], each["gateway"]) for each in logs] == [("payouts were not fetched", "fake")]
    gateway.down = False
    fake = settings.PAYMENT_GATEWAYS["fake"]
    settings.PAYMENT_GATEWAYS = {"fake": {**fake, "adapter": f"{__name__}.Mute"}}
    with refused(NoPayouts):
        fetch()
    assert fetch_by_night() == 0
    settings.PAYMENT_GATEWAYS = {"fake": fake}
    assert fetch_by_night() == 1


def test_by_night_the_last_seven_days_are_asked_about_and_what_is_refused_is_logged(gateway: FakeGateway) -> None:
    for days in (8, 7, 0):
        an_order_paid_by_card()
        pay_out(gateway, today() - days * DAY)
    gateway.books.payouts[2]["net"] += 1
    with capture_logs() as logs:
        assert fetch_by_night() == 1
    assert (Payout.objects.get().reference, Payout.objects.get().actor) == ("po_2", Actor.system("payout import"))
    assert [(each["event"], each["payout"], each["problems"]) for each in logs] == [
        ("a payout was not brought in", "po_3", 1)
    ]


def test_no_gateway_is_asked_within_a_transaction() -> None:
    with pytest.raises(UnitOfWorkError), unit_of_work():
        fetch()


def test_two_runs_do_not_ask_one_gateway_at_once(gateway: FakeGateway) -> None:
    paid_out(gateway)
    held, leave = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold, held, leave)
        held.wait(10)
        try:
            with refused(ReportUnfinished):
                fetch()
        finally:
            leave.set()
            holder.result(10)
    assert len(fetch().new) == 1


def hold(held: threading.Event, leave: threading.Event) -> None:
    """What another run does."""
    with session_lock("orders.fetch_payouts:fake") as free:
        assert free
        held.set()
        leave.wait(10)
    connection.close()


class TestTheCommand:
    def run(self, *arguments: str) -> str:
        output = StringIO()
        call_command("import_payouts", *arguments, stdout=output, stderr=(errors := StringIO()))
        assert errors.getvalue() == ""
        return output.getvalue()

    def test_tells_what_it_brought_in(self, gateway: FakeGateway) -> None:
        paid_out(gateway)
        assert self.run("--from-gateway", "fake") == (
            f"po_1 of {today()}: 27.20 EUR to the bank, 0.30 EUR of fees\n1 payouts brought in, 0 were here already\n"
        )
        with nothing_changes():
            assert self.run("--from-gateway", "fake") == "0 payouts brought in, 1 were here already\n"

    def test_asks_from_the_day_that_it_is_told(self, gateway: FakeGateway) -> None:
        an_order_paid_by_card()
        pay_out(gateway, today() - 30 * DAY)
        assert "0 payouts" in self.run("--from-gateway", "fake")
        since = (today() - 30 * DAY).isoformat()
        assert "1 payouts" in self.run("--from-gateway", "fake", "--since", since)

    def test_tells_what_was_refused_and_exits_with_1(self, gateway: FakeGateway) -> None:
        paid_out(gateway)["net"] += 1
        errors = StringIO()
        with nothing_changes(), pytest.raises(CommandError, match="the whole payout each: po_1") as refusal:
            call_command("import_payouts", "--from-gateway", "fake", stdout=StringIO(), stderr=errors)
        assert refusal.value.returncode == 1
        assert errors.getvalue() == (
            "fake: payout po_1 has a net of 27.21 EUR, and its gross less its fee is 27.20 EUR.\n"
        )

    def test_says_that_a_gateway_is_down(self, gateway: FakeGateway) -> None:
        gateway.down = True
        with pytest.raises(CommandError, match="Ask again later"):
            self.run("--from-gateway", "fake")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--gateway", "fake"], ["po.csv", "--from-gateway", "fake"], ["--from-gateway", "nobody"],
            ["po.csv", "--gateway", "fake", "--since", "2026-01-31"], ["po.csv"],
            ["po.csv", "--gateway", "fake", "--from-gateway", "fake"],
        ],
    )  # fmt: skip
    def test_is_given_a_file_or_a_gateway_to_ask(self, arguments: list[str]) -> None:
        with nothing_changes(), pytest.raises(CommandError):
            call_command("import_payouts", *arguments)
