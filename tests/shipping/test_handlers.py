"""What shipping does when it hears of orders, through the real relay."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.models import Delivery, DeliveryStatus, Event
from core.relay import run_relay
from inventory.actions import adjust
from inventory.models import StockLevel
from orders.actions import cancel_order, release_order, reopen_order, serve_backorders
from shipping.handlers import follow_orders
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus
from tests.factories.shipping import ACTOR, a_released_order, an_order_on_account, snapshot

pytestmark = pytest.mark.django_db


def heard(order_id: UUID, type_: str) -> None:
    """Hand the handler an event of the order once more."""
    follow_orders(Event.objects.filter(subject_id=order_id, type=type_).latest("version").envelope())


def statuses(order_id: UUID) -> list[str]:
    return list(Shipment.objects.filter(order_id=order_id).order_by("sequence").values_list("status", flat=True))


def test_a_released_order_gets_its_shipments_through_the_relay() -> None:
    order = a_released_order()
    run_relay()
    assert statuses(order.pk) == [ShipmentStatus.PENDING]
    assert Delivery.objects.get(target="shipping.follow_orders").status == DeliveryStatus.DONE


def test_hearing_of_a_release_twice_opens_once() -> None:
    order = a_released_order()
    run_relay()
    before = snapshot(order.pk)
    heard(order.pk, "order.released")
    assert snapshot(order.pk) == before


def test_a_cancelled_order_loses_its_open_shipments_through_the_relay() -> None:
    order = a_released_order()
    run_relay()
    cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)
    run_relay()
    assert statuses(order.pk) == [ShipmentStatus.CANCELLED]


def test_hearing_of_a_cancellation_twice_cancels_once() -> None:
    order = a_released_order()
    run_relay()
    cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)
    run_relay()
    before = snapshot(order.pk)
    heard(order.pk, "order.canceled")
    assert snapshot(order.pk) == before


def test_an_order_that_lost_units_to_a_count_has_its_shipments_settled_once() -> None:
    order = a_released_order()
    run_relay()
    for level in StockLevel.objects.all():
        adjust(level.variant_id, level.location_id, to=1, note="Counted", actor=ACTOR)
    run_relay()
    assert statuses(order.pk) == [ShipmentStatus.CANCELLED, ShipmentStatus.PENDING]
    before = snapshot(order.pk)
    heard(order.pk, "inventory.backordered")
    assert snapshot(order.pk) == before


def test_a_served_backorder_of_a_released_order_gets_a_shipment_once() -> None:
    order = a_released_order()
    run_relay()
    for level in StockLevel.objects.all():
        adjust(level.variant_id, level.location_id, to=1, note="Counted", actor=ACTOR)
        adjust(level.variant_id, level.location_id, change=4, note="Found", actor=ACTOR)
    assert serve_backorders(order.pk, actor=ACTOR).units > 0
    run_relay()
    left = Shipment.objects.filter(order_id=order.pk, status=ShipmentStatus.PENDING)
    assert sum(line.quantity for each in left for line in each.lines.all()) == 5
    before = snapshot(order.pk)
    heard(order.pk, "order.backorder_filled")
    assert snapshot(order.pk) == before


def test_a_release_heard_after_the_cancellation_opens_nothing() -> None:
    order = a_released_order()
    cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)
    run_relay()
    assert statuses(order.pk) == []


def test_a_cancellation_heard_after_a_reopened_order_was_released_again_cancels_nothing() -> None:
    order = a_released_order()
    cancel_order(order.pk, reason="Mistake", actor=ACTOR)
    reopen_order(order.pk, actor=ACTOR)
    release_order(order.pk, actor=ACTOR)
    run_relay()
    assert statuses(order.pk) == [ShipmentStatus.PENDING]
    before = snapshot(order.pk)
    heard(order.pk, "order.canceled")
    assert snapshot(order.pk) == before


def test_an_order_that_is_only_placed_gets_no_shipments() -> None:
    order = an_order_on_account()
    run_relay()
    assert statuses(order.pk) == []
