"""Orders that race the first stock of a SKU at a location: a level that a waiting reservation has not seen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from core.errors import DomainError
from core.transactions import unit_of_work
from inventory.actions import StockItem, TransferItem, receive, reservations, transfer, update_variant
from inventory.errors import OutOfStock
from inventory.models import Location, StockLevel, Variant
from orders.actions import cancel_order, place_order
from orders.models import Order, OrderLine
from tests.concurrency.racing import _connect_apart, race
from tests.factories.core import a_client
from tests.factories.inventory import a_location, stock_up
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order, stock

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12
BUYERS = 10

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def _all_to_east(mug: Variant, main: Location, east: Location) -> None:
    units = StockLevel.objects.get(variant=mug, location=main).available
    transfer([TransferItem(mug.pk, main.pk, east.pk, units)], actor=ACTOR)


@contextmanager
def an_order_that_waits_for(
    change: Callable[[], object], *units: dict[str, int], client_id: UUID | None = None
) -> Iterator[list[Order | Exception]]:
    """Orders of these units that begin while `change` holds the levels; their outcomes, once the block has ended.

    They are a new storefront's, if none is given.
    """
    outcomes: list[Order | Exception] = []
    with ThreadPoolExecutor(len(units)) as pool:
        with unit_of_work():
            change()
            placing = [pool.submit(_place, each, client_id) for each in units]
            _wait_for(len(units))
            yield outcomes
        outcomes += [each.result(30) for each in placing]


def _place(units: dict[str, int], client_id: UUID | None) -> Order | Exception:
    _connect_apart()
    try:
        return place_order(new_order(units), client_id=client_id or a_client().pk, actor=ACTOR)
    except DomainError as error:
        return error
    finally:
        connection.close()


def _wait_for(count: int) -> None:
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(_WAITING)
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


class TestOneOrderThatWaits:
    def test_it_finds_the_units_that_were_transferred_to_a_new_place_meanwhile(self) -> None:
        mug, main, east = stock_up({"MUG": 5})["MUG"], Location.objects.get(), a_location("EAST")
        with an_order_that_waits_for(lambda: _all_to_east(mug, main, east), {"MUG": 3}) as outcomes:
            pass
        assert isinstance(outcomes[0], Order)
        assert StockLevel.objects.get(location=east).reserved == 3
        assert_everything_adds_up()

    def test_it_finds_the_units_that_came_to_a_new_place_meanwhile(self) -> None:
        mug, east = stock_up({"MUG": 5})["MUG"], a_location("EAST")
        with an_order_that_waits_for(partial(_place_within, {"MUG": 5}), {"MUG": 3}) as outcomes:
            race([partial(receive, [StockItem(mug.pk, east.pk, 4)], actor=ACTOR)], threads=1)
        assert isinstance(outcomes[0], Order)
        assert StockLevel.objects.get(location=east).reserved == 3
        assert_everything_adds_up()

    def test_a_backorder_waits_for_nothing_that_is_there(self) -> None:
        mug, main, east = stock_up({"MUG": 5})["MUG"], Location.objects.get(), a_location("EAST")
        update_variant(mug.pk, {"stock_policy": "backorder"}, actor=ACTOR)
        with an_order_that_waits_for(lambda: _all_to_east(mug, main, east), {"MUG": 7}) as outcomes:
            pass
        assert isinstance(outcomes[0], Order)
        line = OrderLine.objects.get()
        assert (line.reserved, line.backordered) == (5, 2)
        assert_everything_adds_up()

    def test_a_true_shortage_is_told_with_its_figures(self) -> None:
        mug, main, east = stock_up({"MUG": 5})["MUG"], Location.objects.get(), a_location("EAST")
        with an_order_that_waits_for(lambda: _all_to_east(mug, main, east), {"MUG": 6}) as outcomes:
            pass
        assert isinstance(outcomes[0], OutOfStock)
        assert outcomes[0].context["shortages"] == [{"sku": "MUG", "requested": 6, "available": 5}]
        assert Order.objects.count() == 0

    def test_control_that_trusts_the_waiting_statement_refuses_what_is_there(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _trust_the_first_look(monkeypatch)
        mug, main, east = stock_up({"MUG": 5})["MUG"], Location.objects.get(), a_location("EAST")
        with an_order_that_waits_for(lambda: _all_to_east(mug, main, east), {"MUG": 3}) as outcomes:
            pass
        assert isinstance(outcomes[0], OutOfStock)
        assert stock() == {"MUG": (5, 0)}


def test_orders_of_several_skus_race_first_transfers_without_a_deadlock_or_a_false_shortage() -> None:
    for turn in range(ROUNDS):
        kinds = Counter(type(each).__name__ for each in _race_a_first_transfer(turn))
        assert (kinds.pop("Order"), set(kinds) - {"list", "NotEnoughStock"}) == (BUYERS, set())
    assert_everything_adds_up()


def test_control_of_the_race_has_false_shortages(monkeypatch: pytest.MonkeyPatch) -> None:
    _trust_the_first_look(monkeypatch)
    races = (_race_a_first_transfer(turn) for turn in range(5 * ROUNDS))
    assert any(isinstance(outcome, OutOfStock) for outcomes in races for outcome in outcomes)


def _race_a_first_transfer(turn: int) -> list[Any]:
    """Half the stock of two SKUs goes to a place that sorts before or after, while orders are placed."""
    skus = [f"MUG-{turn}-{n}" for n in range(2)]
    places = [a_location(f"{turn}-A"), a_location(f"{turn}-B")]
    main, east = places if turn % 2 else reversed(places)
    mugs = list(stock_up(dict.fromkeys(skus, BUYERS), location=main.code).values())
    client = a_client()
    buy = partial(place_order, new_order(dict.fromkeys(skus, 1)), client_id=client.pk, actor=ACTOR)
    move = [partial(_half_to, mug.pk, main.pk, east.pk) for mug in mugs]
    return race([*move, *[buy] * BUYERS], threads=BUYERS + 2)


def _half_to(mug: UUID, main: UUID, east: UUID) -> list[Any]:
    return transfer([TransferItem(mug, main, east, BUYERS // 2)], actor=ACTOR)


def _place_within(units: dict[str, int]) -> Order:
    return place_order(new_order(units), client_id=a_client().pk, actor=ACTOR)


def _trust_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protection off: what the waiting statement didn't see isn't there."""

    def refuse(wanted: Collection[Any], *_: Any, **__: Any) -> None:
        raise OutOfStock([])

    monkeypatch.setattr(reservations, "_look_again", refuse)


def test_a_reservation_given_back_while_an_order_waits_is_found() -> None:
    stock_up({"MUG": 3})
    holder = place_order(new_order({"MUG": 3}), client_id=a_client().pk, actor=ACTOR)
    with an_order_that_waits_for(partial(cancel_order, holder.pk, reason="No", actor=ACTOR), {"MUG": 3}) as outcomes:
        pass
    assert isinstance(outcomes[0], Order)
    assert_everything_adds_up()
