"""Several people who accept one difference at once: it is posted once."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from books.models import Posting
from core.operations import OperationRefused
from orders.settlement.actions import accept_difference, import_payouts
from orders.settlement.models import Payout
from orders.settlement.queries import settlement_off
from tests.concurrency.racing import race
from tests.factories.core import ACTOR
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


def test_one_payout_that_is_brought_in_by_six_at_once_is_posted_once() -> None:
    payout = a_new_payout([a_captured_attempt()])
    told = race([partial(import_payouts, "fake", [payout], actor=ACTOR)] * RACING, threads=RACING)
    assert sorted(len(each) for each in told if isinstance(each, list)) == [0] * (RACING - 1) + [1]
    assert (Payout.objects.count(), settlement_off()) == (1, [])
