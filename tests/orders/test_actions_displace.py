"""Counting fewer units than are reserved: which orders give way, and what they and the variant tell of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import pytest
from django.utils import timezone

from core.models import Event
from core.relay import run_relay
from inventory.actions import adjust, scrap
from inventory.actions.displacing import Claims, _Holders
from inventory.actions.stock import StockItem
from inventory.errors import NotEnoughStock, NotReserved
from inventory.models import Location, StockLevel, StockMovement
from orders.actions import NewLine, create_draft, let_wait, lock_youngest, place_order, release_order
from orders.models import Order
from orders.tasks import serve_waiting
from shipping.actions import dispatch_shipment, open_shipments, pack_shipment
from shipping.models import Shipment
from tests.factories.core import a_client, timeline
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order, pay, reload, stock
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def placed(units: int, *, days_ago: int = 0) -> Order:
    at = NOW - dt.timedelta(days=days_ago)
    return place_order(new_order({"A": units}, placed_at=at), client_id=a_client().pk, actor=ACTOR)


def released(units: int, *, days_ago: int = 0) -> Order:
    order = placed(units, days_ago=days_ago)
    pay(order)
    return release_order(order.pk, actor=ACTOR)


def count(units: int) -> list[StockMovement]:
    """Find so many units of A."""
    level = StockLevel.objects.get(variant__sku="A")
    return adjust(level.variant_id, level.location_id, to=units, note="Counted", actor=ACTOR)


def waiting(*orders: Order) -> list[tuple[int, int]]:
    """(reserved, backordered) of the one line of each."""
    return [(line.reserved, line.backordered) for order in orders for line in reload(order).lines.all()]


def shipments(order: Order) -> list[tuple[str, Sequence[int]]]:
    found = Shipment.objects.filter(order_id=order.pk).order_by("sequence")
    return [(each.status, [line.quantity for line in each.lines.all()]) for each in found]


def test_the_youngest_orders_give_way_as_far_as_they_must() -> None:
    stock_up({"A": 9})
    old, young, middle = placed(3, days_ago=3), placed(3, days_ago=1), placed(3, days_ago=2)
    moves = count(5)
    assert [(move.kind, move.on_hand, move.reserved) for move in moves] == [
        ("release", 0, -3), ("release", 0, -1), ("adjust", -4, 0),
    ]  # fmt: skip
    assert waiting(old, middle, young) == [(3, 0), (2, 1), (0, 3)]
    assert stock() == {"A": (5, 5)}
    assert_everything_adds_up()


def test_the_orders_and_the_variant_tell_of_it() -> None:
    variant = stock_up({"A": 3})["A"]
    order = placed(3)
    count(1)
    assert timeline(order.pk)[-2:] == ["inventory.released", "inventory.backordered"]
    told = {each.type: each.data for each in Event.objects.filter(subject_id=order.pk)}
    line = reload(order).lines.get()
    place = Location.objects.get()
    assert told["inventory.released"]["units"] == [
        {"line_id": str(line.pk), "variant_id": str(variant.pk), "location_id": str(place.pk), "quantity": 2}
    ]
    assert told["inventory.backordered"]["units"] == [
        {"line_id": str(line.pk), "variant_id": str(variant.pk), "quantity": 2}
    ]
    adjusted = Event.objects.get(subject_id=variant.pk, type="inventory.adjusted").data
    assert (adjusted["change"], adjusted["on_hand"], adjusted["reserved"]) == (-2, 1, 1)


def test_free_units_go_first_and_nobody_gives_way_for_nothing() -> None:
    stock_up({"A": 5})
    order = placed(3)
    count(3)
    assert waiting(order) == [(3, 0)]
    assert timeline(order.pk)[-1] == "inventory.reserved"


def test_a_change_displaces_as_a_count_does() -> None:
    variant = stock_up({"A": 3})["A"]
    order = placed(3)
    adjust(variant.pk, Location.objects.get().pk, change=-2, note="Broken", actor=ACTOR)
    assert waiting(order) == [(1, 2)]


def test_a_change_of_more_than_there_is_is_refused_whoever_gives_way() -> None:
    variant = stock_up({"A": 3})["A"]
    placed(2)
    with refused(NotEnoughStock) as refusal:
        adjust(variant.pk, Location.objects.get().pk, change=-4, note="Broken", actor=ACTOR)
    assert refusal.value.context["on_hand"] == 3


def test_scrapping_takes_free_units_only() -> None:
    variant = stock_up({"A": 3})["A"]
    placed(3)
    with refused(NotEnoughStock):
        scrap([StockItem(variant.pk, Location.objects.get().pk, 1)], actor=ACTOR)


def test_drafts_give_way_before_placed_orders_and_those_before_released_ones() -> None:
    stock_up({"A": 3})
    at_work, bought = released(1), placed(1, days_ago=5)
    draft = create_draft(new_order({"A": 1}), client_id=a_client().pk, actor=ACTOR)
    count(2)
    assert waiting(draft, bought, at_work) == [(0, 1), (1, 0), (1, 0)]
    count(1)
    assert waiting(draft, bought, at_work) == [(0, 1), (0, 1), (1, 0)]
    count(0)
    assert waiting(draft, bought, at_work) == [(0, 1), (0, 1), (0, 1)]
    assert_everything_adds_up()


def test_two_lines_of_one_order_give_way_together() -> None:
    stock_up({"A": 3})
    lines = [NewLine("A", 2), NewLine("A", 1, unit_price=5)]
    order = place_order(new_order(lines=lines), client_id=a_client().pk, actor=ACTOR)
    count(0)
    assert waiting(order) == [(0, 2), (0, 1)]
    assert reload(order).version == len(timeline(order.pk))
    assert_everything_adds_up()


class TestReleasedOrders:
    def test_their_shipments_are_settled_and_opened_again_when_stock_arrives(self) -> None:
        stock_up({"A": 3})
        order = released(3)
        run_relay()
        count(2)
        run_relay()
        assert shipments(order) == [("cancelled", [3]), ("pending", [2])]
        stock_up({"A": 1})
        serve_waiting()
        run_relay()
        assert shipments(order) == [("cancelled", [3]), ("pending", [2]), ("pending", [1])]
        assert_everything_adds_up()

    def test_units_that_were_displaced_are_not_dispatched(self) -> None:
        stock_up({"A": 3})
        order = released(3)
        (shipment,) = open_shipments(order.pk, actor=ACTOR)
        count(2)
        with refused(NotReserved) as refusal:
            dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR)
        assert refusal.value.unblock == "Look at the order's shipments again: they are settled within seconds."
        run_relay()
        (left,) = Shipment.objects.filter(order_id=order.pk, status="pending")
        dispatch_shipment(left.pk, carrier="DHL", actor=ACTOR)
        assert reload(order).status == "processing"
        assert waiting(order) == [(0, 1)]
        assert_everything_adds_up()

    def test_units_in_a_packed_shipment_keep_their_place(self) -> None:
        stock_up({"A": 3})
        boxed, loose = released(1), released(2, days_ago=9)
        for order in (boxed, loose):
            open_shipments(order.pk, actor=ACTOR)
        pack_shipment(Shipment.objects.get(order_id=boxed.pk).pk, actor=ACTOR)
        count(1)
        assert waiting(boxed, loose) == [(1, 0), (0, 2)]
        with refused(NotEnoughStock) as refusal:
            count(0)
        number = Order.objects.get(pk=boxed.pk).number
        assert refusal.value.unblock == f"Unpack or cancel the packed shipments of #{number} first."
        assert refusal.value.context["reserved"] == 1


class TestStartingOver:
    def test_orders_that_were_placed_after_the_count_was_read_are_locked_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stock_up({"A": 4})
        first = placed(2)
        turns: list[int] = []

        def lock_and_let_one_by(variant_id: uuid.UUID, location_id: uuid.UUID, units: int) -> Claims:
            turns.append(units)
            claims = lock_youngest(variant_id, location_id, units)
            return claims if len(turns) > 1 else Claims(units - 1, claims.claims)  # as if one was reserved meanwhile

        monkeypatch.setattr("inventory.actions.displacing._holders", [_Holders(lock_and_let_one_by, let_wait)])
        count(0)
        assert (turns, waiting(first)) == ([2, 2], [(0, 2)])
        assert StockMovement.objects.filter(kind="adjust").count() == 1
        assert_everything_adds_up()

    def test_nobody_gives_way_when_no_orders_are_registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stock_up({"A": 4})
        placed(2)
        monkeypatch.setattr("inventory.actions.displacing._holders", [])
        with refused(NotEnoughStock):
            count(1)
