"""Orders that are planned in Python over locked levels: none is planned on units that another has taken."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from inventory.actions import StockItem, receive, reservations
from inventory.errors import OutOfStock
from inventory.models import Location, StockLevel
from inventory.sourcing.supply import read_supply
from orders.actions import place_order
from orders.models import Order, SourcingPlan
from tests.concurrency.racing import race
from tests.concurrency.test_first_levels import an_order_that_waits_for
from tests.factories.inventory import a_location, stock_up
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order
from tests.factories.storefronts import a_storefront

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 16
ROUNDS = 5


def _race(turn: int) -> list[Any]:
    """Each buyer wants two units of each of two SKUs; three places have so many that half of the buyers get theirs."""
    skus = [f"MUG-{turn}-{n}" for n in range(2)]
    for place in ("EAST", "NORTH", "WEST"):
        stock_up(dict.fromkeys(skus, 5 if place == "EAST" else 6), location=place)
    client = a_storefront(sourcing=[{"rule": "fewest_parcels", "parameters": {}}])
    buy = [
        partial(place_order, new_order(dict.fromkeys(order, 2)), client_id=client.pk, actor=ACTOR)
        for order in (skus, skus[::-1])
    ]
    return race(buy * (BUYERS // 2), threads=BUYERS)


def _oversold(outcomes: list[Any]) -> Iterator[Any]:
    return (each for each in outcomes if isinstance(each, IntegrityError))


def test_orders_of_a_storefront_with_rules_take_each_unit_once_without_a_deadlock() -> None:
    for turn in range(ROUNDS):
        outcomes = _race(turn)
        assert sum(isinstance(each, Order) for each in outcomes) == 8
        assert sum(isinstance(each, OutOfStock) for each in outcomes) == BUYERS - 8
    assert SourcingPlan.objects.count() == 8 * ROUNDS
    assert_everything_adds_up()


def test_control_that_plans_without_the_locks_plans_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(*args: Any, **options: Any) -> Any:
        return read_supply(*args, **{**options, "lock": False})

    monkeypatch.setattr(reservations, "read_supply", unlocked)
    assert any(list(_oversold(_race(turn))) for turn in range(3 * ROUNDS))


class TestAPlanThatWaits:
    """As orders without rules: tests/concurrency/test_first_levels.py."""

    RULES: Any = [{"rule": "nearest", "parameters": {}}]

    def test_it_finds_the_units_that_came_to_a_new_place_meanwhile(self) -> None:
        mug, east = stock_up({"MUG": 5})["MUG"], a_location("EAST")
        client = a_storefront(sourcing=self.RULES)
        buy = partial(place_order, new_order({"MUG": 5}), client_id=client.pk, actor=ACTOR)
        with an_order_that_waits_for(buy, {"MUG": 3}, client_id=client.pk) as outcomes:
            race([partial(receive, [StockItem(mug.pk, east.pk, 4)], actor=ACTOR)], threads=1)
        assert isinstance(outcomes[0], Order)
        assert StockLevel.objects.get(location=east).reserved == 3
        assert_everything_adds_up()

    def test_a_true_shortage_is_told_with_its_figures(self) -> None:
        stock_up({"MUG": 5})
        client = a_storefront(sourcing=self.RULES)
        buy = partial(place_order, new_order({"MUG": 3}), client_id=client.pk, actor=ACTOR)
        with an_order_that_waits_for(buy, {"MUG": 3}, client_id=client.pk) as outcomes:
            pass
        assert isinstance(outcomes[0], OutOfStock)
        assert outcomes[0].context["shortages"] == [{"sku": "MUG", "requested": 3, "available": 2}]
        assert Location.objects.count() == 1
