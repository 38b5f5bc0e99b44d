"""Several people who accept one difference at once, and several runs that bring in one payout: it is posted once. The
controls run with the locks off: then the database alone refuses, or too much is posted.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from books.models import Posting
from core.operations import OperationRefused
from orders.settlement import actions
from orders.settlement.actions import accept_difference, import_payouts, record_differences
from orders.settlement.comparing import Figures, Found
from orders.settlement.models import PaymentDifference, Payout, PayoutLine
from orders.settlement.queries import payouts_of, settlement_off
from orders.settlement.statuses import DifferenceKind
from tests.concurrency.racing import at_once, race
from tests.factories.core import ACTOR
from tests.factories.orders import TOTAL
from tests.factories.settlement import a_captured_attempt, a_difference, a_new_payout

pytestmark = pytest.mark.django_db(transaction=True)

RACING = 6


def test_of_six_who_accept_with_a_reason_of_their_own_one_does() -> None:
    difference = a_difference()
    attempts = [
        partial(accept_difference, difference.pk, note=f"Reason {number}", actor=ACTOR) for number in range(RACING)
    ]
    told = Counter(type(each).__name__ for each in race(attempts, threads=RACING))
    assert told == {"PaymentDifference": 1, OperationRefused.__name__: RACING - 1}
    assert Posting.objects.filter(kind="accepted").count() == 1
    assert settlement_off() == []


def accepting(difference: PaymentDifference, note: str = "Race") -> partial[PaymentDifference]:
    return partial(accept_difference, difference.pk, note=note, actor=ACTOR)


@pytest.fixture
def no_difference_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protection off: two who ask about a difference read it, and then both act."""
    both_read = threading.Barrier(2)

    def read(difference_id: uuid.UUID, expected_version: int | None) -> PaymentDifference:
        difference = PaymentDifference.objects.get(pk=difference_id)
        both_read.wait(10)
        return difference

    monkeypatch.setattr(actions, "_locked", read)


@pytest.mark.usefixtures("no_difference_lock")
def test_control_without_the_lock_the_database_alone_stops_the_second_acceptance() -> None:
    difference = a_difference()
    outcomes = at_once(accepting(difference, "One"), accepting(difference, "Two"))
    (failed,) = [each for each in outcomes if not isinstance(each, PaymentDifference)]
    assert isinstance(failed, IntegrityError)
    assert "posting_once_per_event" in str(failed)
    assert Posting.objects.filter(kind="accepted").count() == 1


def two_differences_of_one_call() -> tuple[PaymentDifference, PaymentDifference]:
    """The gateway said first that it captured 5 more, and then that it declined to capture."""
    amount = a_difference()
    assert amount.attempt is not None
    order = amount.attempt.payment.order
    ours, theirs = Figures(TOTAL, "EUR", "capture succeeded"), Figures(TOTAL, "EUR", "capture declined")
    found = Found(DifferenceKind.OUTCOME, amount.key, order.client_id, amount.attempt_id, ours, theirs)
    record_differences("fake", [found], actor=ACTOR)
    return amount, PaymentDifference.objects.get(kind="outcome")


def posted() -> int | None:
    total: int | None = PaymentDifference.objects.aggregate(total=Sum("posted"))["total"]
    return total


def test_two_differences_of_one_call_that_are_accepted_at_once_take_each_other_into_account() -> None:
    outcomes = at_once(*map(accepting, two_differences_of_one_call()))
    assert [type(each).__name__ for each in outcomes] == ["PaymentDifference"] * 2
    assert posted() in (5, -TOTAL), "what the later of the two says"
    assert settlement_off() == []


@pytest.mark.usefixtures("no_difference_lock")
def test_control_without_the_lock_both_differences_of_one_call_are_posted_whole() -> None:
    at_once(*map(accepting, two_differences_of_one_call()))
    assert posted() == 5 - TOTAL


def test_one_payout_that_is_brought_in_by_six_at_once_is_posted_once() -> None:
    payout = a_new_payout([a_captured_attempt()])
    told = race([partial(import_payouts, "fake", [payout], actor=ACTOR)] * RACING, threads=RACING)
    assert sorted(len(each) for each in told if isinstance(each, list)) == [0] * (RACING - 1) + [1]
    assert (Payout.objects.count(), settlement_off()) == (1, [])


def test_control_without_the_lock_the_database_alone_stops_the_second_payout(monkeypatch: pytest.MonkeyPatch) -> None:
    payout, both_looked = a_new_payout([a_captured_attempt()]), threading.Barrier(2)

    def look(gateway: str, references: Collection[str]) -> Mapping[str, Payout]:
        here = payouts_of(gateway, references)
        both_looked.wait(10)
        return here

    monkeypatch.setattr(actions, "transaction_lock", lambda _name: None)
    monkeypatch.setattr(actions, "payouts_of", look)
    outcomes = at_once(*[partial(import_payouts, "fake", [payout], actor=ACTOR)] * 2)
    (failed,) = [each for each in outcomes if not isinstance(each, list)]
    assert isinstance(failed, IntegrityError)
    assert "payout_reference_once" in str(failed)
    assert (Payout.objects.count(), PayoutLine.objects.count(), settlement_off()) == (1, 1, [])
