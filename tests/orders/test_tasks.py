"""The clocks: each does what is due, once, and is not stopped by what it cannot do."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.actors import Actor
from core.locks import session_lock
from core.models import Event
from orders.actions import delete_order, place_draft, place_hold
from orders.models import Hold, Order
from orders.statuses import OrderStatus
from orders.tasks import complete_orders, expire_holds, expire_reservations
from shipping.statuses import ShipmentStatus
from tests.factories.core import timeline
from tests.factories.orders import ACTOR, a_draft, a_placed_order, an_order, assert_everything_adds_up, reload, stock
from tests.factories.shipping import a_shipment, bring, the_order
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

NOW = timezone.now()
PAST = NOW - dt.timedelta(minutes=1)


def test_drafts_past_their_time_give_their_stock_back_once() -> None:
    late, waiting, placed = a_draft(), a_draft(), a_draft()
    place_draft(placed.pk, actor=ACTOR)
    Order.objects.filter(pk=late.pk).update(reserved_until=PAST)
    assert expire_reservations() == 1
    assert stock() == {"A": (9, 6), "B": (6, 4)}
    assert reload(waiting).reserved_until is not None
    with nothing_changes():
        assert expire_reservations() == 0
    assert_everything_adds_up()
    event = Event.objects.filter(subject_id=late.pk).latest("version")
    assert (event.type, event.actor_kind, event.actor_name) == (
        "order.reservation_expired",
        "system",
        "reservation expiry",
    )


def test_holds_past_their_time_are_lifted_once() -> None:
    late, waiting, endless = a_placed_order(), a_placed_order(), a_placed_order()
    for order in (late, waiting):
        place_hold(order.pk, reason="other", expires_at=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
    place_hold(endless.pk, reason="other", actor=ACTOR)
    Hold.objects.filter(order=late).update(expires_at=PAST)
    assert expire_holds() == 1
    assert Hold.objects.get(order=late).lifted_by == Actor.system("hold expiry")
    assert timeline(late.pk)[-1] == "order.hold_lifted"
    with nothing_changes():
        assert expire_holds() == 0


def test_holds_of_deleted_orders_are_not_looked_at_for_ever() -> None:
    gone = a_placed_order()
    place_hold(gone.pk, reason="other", expires_at=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
    Hold.objects.update(expires_at=PAST)
    delete_order(gone.pk, actor=ACTOR)
    assert not Hold.objects.expired(timezone.now()).exists()
    with nothing_changes():
        assert expire_holds() == 0


def test_orders_delivered_long_enough_ago_are_completed_once() -> None:
    old, young, shipped = (an_order(status) for status in ("delivered", "delivered", "shipped"))
    long_ago = NOW - dt.timedelta(days=settings.ORDER_COMPLETION_DAYS, minutes=1)
    Order.objects.filter(pk=old.pk).update(delivered_at=long_ago)
    assert complete_orders() == 1
    assert [reload(order).status for order in (old, young, shipped)] == ["completed", "delivered", "shipped"]
    with nothing_changes():
        assert complete_orders() == 0


def test_an_order_of_which_every_unit_came_back_is_completed_too() -> None:
    old, young = (the_order(bring(a_shipment(), ShipmentStatus.RETURNED)) for _ in range(2))
    assert [(order.status, order.fulfilment_status) for order in (old, young)] == [("shipped", "undelivered")] * 2
    long_ago = NOW - dt.timedelta(days=settings.ORDER_COMPLETION_DAYS, minutes=1)
    Order.objects.filter(pk=old.pk).update(updated_at=long_ago)
    assert complete_orders() == 1
    assert [reload(order).status for order in (old, young)] == ["completed", "shipped"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("clock", [expire_reservations, expire_holds, complete_orders])
def test_one_runs_at_a_time(clock: Callable[[], int | None]) -> None:
    order = an_order(OrderStatus.DELIVERED)
    draft = a_draft()
    Order.objects.filter(pk=order.pk).update(delivered_at=NOW - dt.timedelta(days=99))
    Order.objects.filter(pk=draft.pk).update(reserved_until=PAST)
    held, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with session_lock(f"orders.{clock.__name__}") as free:
            assert free
            held.set()
            leave.wait(10)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        with nothing_changes():
            assert clock() is None
    finally:
        leave.set()
        other.join()
    assert clock() is not None
