"""Transitions explain themselves in actual values, and a refused one changes nothing."""

from __future__ import annotations

import pytest

from core.transitions import TransitionRefused, explain
from orders.actions import release_order
from orders.statuses import OrderStatus
from tests.factories.orders import ACTOR, an_order, refused

pytestmark = pytest.mark.django_db


def test_the_refusal_says_what_the_report_said_before() -> None:
    order = an_order(OrderStatus.PLACED)
    told = explain(order, "release")
    with refused(TransitionRefused) as caught:
        release_order(order.pk, actor=ACTOR)
    assert (caught.value.detail, caught.value.unblock) == (told.reason, told.unblock)
