"""Counts that displace reservations, and arriving stock that serves who waits, against whatever else happens."""

from __future__ import annotations

import time
from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from core.errors import DomainError
from inventory.actions import StockItem, adjust, receive, update_variant
from inventory.models import Location, StockLevel, StockMovement, Variant
from orders.actions import Served, cancel_order, create_draft, displace, place_draft, place_order, serve_backorders
from orders.models import Order, OrderLine
from orders.tasks import serve_waiting
from tests.concurrency.racing import at_once, race
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order, reload, stock

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


def a_shop(units: int, *, policy: str = "refuse") -> tuple[Variant, Location]:
    mug = stock_up({"MUG": units})["MUG"]
    if policy != "refuse":
        update_variant(mug.pk, {"stock_policy": policy}, actor=ACTOR)
    return mug, Location.objects.get()


def count(mug: Variant, place: Location, units: int) -> list[StockMovement]:
    return adjust(mug.pk, place.pk, to=units, note="Counted", actor=ACTOR)


def refusals_only(outcomes: Collection[object]) -> None:
    errors = [each for each in outcomes if isinstance(each, Exception)]
    assert all(isinstance(each, DomainError) for each in errors), errors


def test_whatever_happens_to_orders_while_stock_is_counted_everything_adds_up() -> None:
    mug, place = a_shop(30, policy="backorder")
    client = a_client()
    buy = partial(place_order, new_order({"MUG": 2}), client_id=client.pk, actor=ACTOR)
    old = [buy() for _ in range(10)]
    drafts = [create_draft(new_order({"MUG": 1}), client_id=client.pk, actor=ACTOR) for _ in range(5)]
    attempts: list[Any] = [
        *(partial(count, mug, place, units) for units in (20, 5, 12, 0, 3, 17)),
        *(partial(cancel_order, order.pk, reason="No", actor=ACTOR) for order in old[::2]),
        *(partial(place_draft, draft.pk, actor=ACTOR) for draft in drafts),
        *[buy] * 10,
        *[partial(receive, [StockItem(mug.pk, place.pk, 3)], actor=ACTOR)] * 4,
        *(partial(serve_backorders, order.pk, actor=ACTOR) for order in old),
    ]

    refusals_only(race(attempts[::2] + attempts[1::2], threads=8))

    assert_everything_adds_up()
    serve_waiting()
    assert_everything_adds_up()
    (on_hand, reserved) = stock()["MUG"]
    waiting = sum(OrderLine.objects.values_list("backordered", flat=True))
    assert on_hand == reserved or waiting == 0


def test_two_counts_of_the_same_figure_displace_once() -> None:
    for _ in range(ROUNDS):
        mug, place = a_shop(4)
        order = place_order(new_order({"MUG": 4}), client_id=a_client().pk, actor=ACTOR)
        refusals_only(at_once(*[partial(count, mug, place, 1)] * 3))
        line = reload(order).lines.get()
        assert (line.reserved, line.backordered) == (1, 3)
        assert StockMovement.objects.filter(order_id=order.pk, kind="release").count() == 1
        assert_everything_adds_up()
        cancel_order(order.pk, reason="No", actor=ACTOR)
        count(mug, place, 0)


def test_a_count_against_the_cancellation_of_the_order_that_would_give_way() -> None:
    for _ in range(ROUNDS):
        mug, place = a_shop(3)
        order = place_order(new_order({"MUG": 3}), client_id=a_client().pk, actor=ACTOR)
        outcomes = at_once(partial(count, mug, place, 1), partial(cancel_order, order.pk, reason="No", actor=ACTOR))
        assert [type(each).__name__ for each in outcomes] == ["list", "Order"]
        assert stock()["MUG"] == (1, 0)
        assert_everything_adds_up()
        count(mug, place, 0)


def test_control_without_the_orders_lock_a_count_breaks_on_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    mug, place = a_shop(6)
    _, order = (place_order(new_order({"MUG": 3}), client_id=a_client().pk, actor=ACTOR) for _ in range(2))
    monkeypatch.setattr(displace, "lock_orders", _read_orders)
    monkeypatch.setattr(displace, "_advice", _advise_slowly)

    outcomes = at_once(partial(count, mug, place, 1), partial(_cancel_a_little_later, order.pk))

    assert isinstance(outcomes[0], IntegrityError)
    assert stock()["MUG"] == (6, 3)


def test_stock_that_arrives_serves_each_waiting_unit_once() -> None:
    mug, place = a_shop(1, policy="backorder")
    waiting = [place_order(new_order({"MUG": 2}), client_id=a_client().pk, actor=ACTOR) for _ in range(6)]
    receive([StockItem(mug.pk, place.pk, 8)], actor=ACTOR)

    outcomes = race([partial(serve_backorders, order.pk, actor=ACTOR) for order in waiting] * 3, threads=6)

    refusals_only(outcomes)
    assert sum(served.units for served in outcomes if isinstance(served, Served)) == 8
    assert stock()["MUG"] == (9, 9)
    assert sum(OrderLine.objects.values_list("backordered", flat=True)) == 3
    assert_everything_adds_up()


def test_control_without_the_orders_lock_units_are_served_twice_over() -> None:
    mug, place = a_shop(1, policy="backorder")
    order = place_order(new_order({"MUG": 3}), client_id=a_client().pk, actor=ACTOR)
    receive([StockItem(mug.pk, place.pk, 9)], actor=ACTOR)
    line = OrderLine.objects.get(order=order)

    at_once(*[partial(_serve_on_trust, line.pk)] * 3)

    assert StockLevel.objects.get().reserved > 3


def _read_orders(order_ids: Collection[UUID]) -> list[Order]:
    """The protection off: the orders are read, and somebody else may change them."""
    return list(Order.objects.filter(pk__in=order_ids).order_by("pk").prefetch_related("lines"))


def _advise_slowly(_: object) -> str:
    """The last thing before stock is locked."""
    time.sleep(0.5)
    return ""


def _cancel_a_little_later(order_id: UUID) -> Order:
    time.sleep(0.1)
    return cancel_order(order_id, reason="No", actor=ACTOR)


def _serve_on_trust(line_id: UUID) -> None:
    """Serves as one does who trusts what was read a moment ago."""
    line = OrderLine.objects.get(pk=line_id)
    time.sleep(0.1)
    with transaction.atomic():
        StockMovement.objects.create(
            variant_id=line.variant_id, location=Location.objects.get(), kind="reserve", reserved=line.backordered,
            order_id=line.order_id, line_id=line.pk, version=1, **ACTOR.columns(),
        )  # fmt: skip
