"""Cancelling and reopening under racing threads. Each race has a control that runs with the protection off."""

from __future__ import annotations

from functools import partial

import pytest

from orders.actions import cancel_order
from orders.models import Order
from tests.concurrency.racing import race
from tests.factories.core import timeline
from tests.factories.orders import ACTOR, TOTAL, a_placed_order, assert_everything_adds_up, ledger, stock

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_that_many_cancel_at_once_is_cancelled_once() -> None:
    order = a_placed_order()

    outcomes = race([partial(cancel_order, order.pk, reason="Race", actor=ACTOR)] * 10, threads=10)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Order"] + ["TransitionRefused"] * 9
    assert Order.objects.get().status == "cancelled"
    assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL)]
    assert timeline(order.pk).count("order.canceled") == 1
    assert stock() == {"A": (3, 0), "B": (2, 0)}
    assert_everything_adds_up()
