"""Arriving stock goes to the orders placed first, whatever else takes and brings stock while the clock goes round."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from inventory.actions import StockItem, receive
from inventory.models import Location, Variant
from orders import tasks
from orders.actions import Served, place_order, release_part, serve_backorders
from orders.models import Order
from orders.tasks import serve_waiting
from shipping.actions import open_shipments
from shipping.models import ShipmentLine
from tests.concurrency.racing import at_once, race
from tests.factories.core import a_client
from tests.factories.orders import (
    ACTOR,
    a_waiting_order,
    assert_everything_adds_up,
    new_order,
    pay,
    reload,
    stock,
)

pytestmark = pytest.mark.django_db(transaction=True)


def buy(units: int) -> Order:
    return place_order(new_order({"A": units}), client_id=a_client().pk, actor=ACTOR)


def arrive(units: int) -> None:
    item = StockItem(Variant.objects.get(sku="A").pk, Location.objects.get().pk, units)
    receive([item], actor=ACTOR)


def units(order: Order) -> tuple[int, int]:
    """(reserved, backordered) of its one line."""
    line = reload(order).lines.get()
    return line.reserved, line.backordered


def two_that_wait() -> tuple[Order, Order]:
    """The first for two units, the second for one; the third unit of stock went to somebody else."""
    a_waiting_order({"A": 1}, {"A": 1})
    return buy(2), buy(1)


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: dict[int, Callable[[], object]], serve: Any) -> None:
    """Let something else happen just before the clock serves its n-th order."""
    turns = iter(range(100))

    def served(*args: Any, **options: Any) -> Served:
        (outcome,) = at_once(happens.get(next(turns), int))
        assert not isinstance(outcome, Exception), outcome
        answer: Served = serve(*args, **options)
        return answer

    monkeypatch.setattr(tasks, "serve_backorders", served)


def test_who_got_less_than_they_were_found_for_is_not_overtaken_by_what_arrives_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = two_that_wait()
    arrive(3)
    meanwhile(monkeypatch, {0: partial(buy, 2), 1: partial(arrive, 1)}, serve_backorders)

    assert serve_waiting() == 1

    assert (units(first), units(second)) == ((1, 1), (0, 1))
    assert_everything_adds_up()
    assert serve_waiting() == 1
    assert (units(first), units(second)) == ((2, 0), (0, 1))
    assert_everything_adds_up()


def test_control_without_its_turn_the_first_is_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_that_wait()
    arrive(3)

    def serve_whatever_there_is(order_id: Any, *, of: Any, actor: Any) -> Served:
        return serve_backorders(order_id, actor=actor)

    meanwhile(monkeypatch, {0: partial(buy, 2), 1: partial(arrive, 1)}, serve_whatever_there_is)

    serve_waiting()

    assert (units(first), units(second)) == ((1, 1), (1, 0))


def test_clocks_and_receipts_that_race_serve_in_the_order_of_placing() -> None:
    a_waiting_order({"A": 1}, {"A": 1})
    waiting = [buy(2) for _ in range(6)]

    attempts: list[Any] = [*[partial(arrive, 1)] * 7, *[serve_waiting] * 9]
    outcomes: list[Any] = race(attempts, threads=8)

    assert [each for each in outcomes if isinstance(each, Exception)] == []
    serve_waiting()
    assert [units(order) for order in waiting] == [(2, 0), (2, 0), (2, 0), (1, 1), (0, 2), (0, 2)]
    assert stock()["A"] == (8, 8)
    assert_everything_adds_up()


def test_a_release_in_part_against_arriving_stock_leaves_no_unit_without_a_parcel() -> None:
    for _ in range(5):
        order = a_waiting_order({"A": 4}, {"A": 1})
        pay(order)
        arrive(2)
        outcomes = at_once(partial(release_part, order.pk, actor=ACTOR), partial(_serve_and_open, order))
        assert [each for each in outcomes if isinstance(each, Exception)] == []
        open_shipments(order.pk, actor=ACTOR)
        assert (reload(order).status, units(order)) == ("processing", (3, 1))
        assert sum(line.quantity for line in ShipmentLine.objects.filter(shipment__order=order)) == 3
        assert_everything_adds_up()
        arrive(1)
        serve_backorders(order.pk, actor=ACTOR)


def _serve_and_open(order: Order) -> None:
    serve_backorders(order.pk, actor=ACTOR)
    open_shipments(order.pk, actor=ACTOR)
