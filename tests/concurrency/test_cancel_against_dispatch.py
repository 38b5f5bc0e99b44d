"""Cancelling an order against dispatching its shipment: exactly one of the two happens, never both, never neither."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from core.errors import DomainError
from core.operations import OperationRefused
from inventory.models import Reservation, StockLevel, StockMovement
from orders.actions import cancel_order
from orders.models import Order
from shipping.actions import dispatch_shipment
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus
from tests.concurrency.racing import at_once, race
from tests.factories.shipping import ACTOR, a_shipment, fresh, the_order, timeline

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20


def went_through(*acts: Callable[[], object]) -> list[bool]:
    """Run them at once; whether each went through rather than being refused in words."""
    outcomes = race(acts, threads=len(acts))
    assert all(isinstance(each, DomainError) for each in outcomes if isinstance(each, Exception)), outcomes
    return [not isinstance(each, Exception) for each in outcomes]


def test_exactly_one_of_cancel_and_dispatch_wins() -> None:
    for _ in range(ROUNDS):
        shipment = a_shipment()
        cancelled, dispatched = went_through(
            partial(cancel_order, shipment.order_id, reason="Race", actor=ACTOR),
            partial(dispatch_shipment, shipment.pk, carrier="DHL", actor=ACTOR),
        )
        assert cancelled != dispatched
        assert the_order(shipment).status == ("cancelled" if cancelled else "shipped")
        assert fresh(shipment).status == (ShipmentStatus.PENDING if cancelled else ShipmentStatus.DISPATCHED)
        assert ("order.canceled" in timeline(shipment.order_id)) == cancelled
        assert ("shipment.dispatched" in timeline(shipment.order_id)) == dispatched
        assert not Reservation.objects.filter(order_id=shipment.order_id).exists()
    assert all(level.reserved == 0 <= level.on_hand for level in StockLevel.objects.all())


def test_of_two_dispatches_with_the_same_carrier_one_acts_and_the_other_is_answered_as_done() -> None:
    for _ in range(ROUNDS):
        shipment = a_shipment()
        dispatch = partial(dispatch_shipment, shipment.pk, carrier="DHL", actor=ACTOR)
        assert went_through(dispatch, dispatch) == [True, True]
        assert_dispatched_once(shipment)


def test_of_two_dispatches_with_different_carriers_one_acts_and_the_other_is_told_that_it_is_done() -> None:
    for _ in range(ROUNDS):
        shipment = a_shipment()
        carriers = ("DHL", "UPS")
        outcomes = at_once(*[partial(dispatch_shipment, shipment.pk, carrier=each, actor=ACTOR) for each in carriers])
        (refused,) = [outcome for outcome in outcomes if isinstance(outcome, OperationRefused)]
        assert refused.context["done"]
        assert fresh(shipment).carrier == carriers[1 - outcomes.index(refused)]
        assert_dispatched_once(shipment)


def assert_dispatched_once(shipment: Shipment) -> None:
    """One event, and its units out of the shelf once."""
    assert fresh(shipment).version == shipment.version + 1
    assert timeline(shipment.order_id).count("shipment.dispatched") == 1
    taken = StockMovement.objects.filter(order_id=shipment.order_id, kind="ship").aggregate(units=Sum("on_hand"))
    assert taken["units"] == -sum(shipment.lines.values_list("quantity", flat=True))


def test_control_without_the_order_lock_and_the_trigger_both_win() -> None:
    shipment = a_shipment()
    asked = threading.Barrier(2)

    def cancel() -> None:
        with transaction.atomic():
            order = Order.objects.get(pk=shipment.order_id)
            order.cancel(reason="Race", at=timezone.now())
            asked.wait(timeout=10)
            order.save()

    def dispatch() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            unlocked = Shipment.objects.select_related("order").get(pk=shipment.pk)
            unlocked.dispatch(carrier="DHL", tracking_number="", estimated_delivery=None, at=timezone.now())
            asked.wait(timeout=10)
            unlocked.save()

    assert went_through(cancel, dispatch) == [True, True]
    assert the_order(shipment).status == "cancelled"
    assert fresh(shipment).status == ShipmentStatus.DISPATCHED
