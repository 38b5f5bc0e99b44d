"""Placing orders under racing threads. Each race has a control that runs with the protection off, and must fail."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from orders.actions import NewLine, place_order
from orders.models import Order
from tests.concurrency.racing import race
from tests.factories.core import a_client
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order, stock, stock_up

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20


def test_one_sku_on_two_lines_of_one_order_is_counted_together() -> None:
    stock_up({"MUG": 100})
    client = a_client()
    twice = new_order(lines=[NewLine("MUG", 2), NewLine("MUG", 1, unit_price=50)])

    outcomes = race([partial(place_order, twice, client_id=client.pk, actor=ACTOR)] * 200, threads=THREADS)

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"Order": 33, "OutOfStock": 167}
    assert Order.objects.count() == 33
    assert stock() == {"MUG": (100, 99)}
    assert_everything_adds_up()
