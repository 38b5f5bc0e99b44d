"""Letting the warehouse start, and closing what has run its course."""

from __future__ import annotations

import uuid

from django.utils import timezone

from core.actors import Actor
from core.operations import done_already, performs
from core.outbox import record
from core.transactions import action
from orders.events import OrderCompleted, OrderReleased
from orders.locking import lines_of, lock_order, save_order
from orders.models import Order
from orders.operations import COMPLETE, RELEASE, RELEASE_PART


@performs(RELEASE)
@action
def release_order(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Hand a placed order to the warehouse; released already, it stays as it is.

    Raises OperationRefused while it is on hold, unpaid or short of stock.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, RELEASE):
        return order
    order.release(at=timezone.now())
    save_order(order, "status", "released_at")
    record(OrderReleased(waiting=0), subject=order, actor=actor)
    return order


@performs(RELEASE_PART)
@action
def release_part(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Hand the warehouse what is reserved, though other units wait: they follow as they are served. Released already,
    it stays as it is.

    Raises OperationRefused while it is on hold or unpaid, nothing is reserved or nothing waits.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, RELEASE_PART):
        return order
    order.release_part(at=timezone.now())
    save_order(order, "status", "released_at")
    waiting = sum(line.backordered for line in lines_of(order))
    record(OrderReleased(waiting=waiting), subject=order, actor=actor)
    return order


@performs(COMPLETE)
@action
def complete_order(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Close an order of which nothing is under way any more; completed already, it stays as it is."""
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, COMPLETE):
        return order
    order.complete(at=timezone.now())
    save_order(order, "status", "completed_at")
    record(OrderCompleted(), subject=order, actor=actor)
    return order
