"""Holds: something to settle before the order is released or dispatched."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import prefetch_related_objects
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from core.operations import performs, require
from core.outbox import record
from core.transactions import action, step
from orders.events import HoldLifted, OrderHeld
from orders.locking import lock_order
from orders.models import Hold, Order
from orders.models.hold import LIFTED
from orders.operations import LIFT_HOLD, PLACE_HOLD


@performs(PLACE_HOLD)
@action
def place_hold(
    order_id: uuid.UUID,
    *,
    reason: str,
    actor: Actor,
    note: str = "",
    expires_at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> Hold:
    """Stop release and dispatch until the hold is lifted or expires.

    Raises OperationRefused once everything has left.
    """
    order = lock_order(order_id, expected_version=expected_version)
    require(order, PLACE_HOLD)
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput.at("/expires_at", "in_the_past", "A hold must expire in the future.")
    hold_id = new_id()
    record(OrderHeld(hold_id, reason), subject=order, actor=actor)
    return Hold.objects.create(
        id=hold_id,
        order=order,
        reason=reason,
        note=note,
        expires_at=expires_at,
        version=order.version,
        **actor.columns(),
    )


@performs(LIFT_HOLD)
@action
def lift_hold(order_id: uuid.UUID, hold_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Hold:
    """Settle a hold. Raises NotFound when the order has no such open hold."""
    order = lock_order(order_id, expected_version=expected_version)
    return _lift(order, hold_id, actor=actor, expired=False)


@action
def expire_hold(order_id: uuid.UUID, hold_id: uuid.UUID, *, actor: Actor) -> Hold:
    """Lift a hold whose time is up. Raises NotFound when someone lifted it before."""
    return _lift(lock_order(order_id), hold_id, actor=actor, expired=True)


@step
def _lift(order: Order, hold_id: uuid.UUID, *, actor: Actor, expired: bool) -> Hold:
    prefetch_related_objects([order], "holds")
    hold = next((hold for hold in order.holds.all() if hold.pk == hold_id and hold.lifted_at is None), None)
    if hold is None:
        raise NotFound("The order has no such open hold.")
    require(order, LIFT_HOLD)
    record(HoldLifted(hold_id=hold.pk, reason=hold.reason, expired=expired), subject=order, actor=actor)
    hold.lift(actor, at=timezone.now(), version=order.version)
    hold.save(update_fields=LIFTED)
    return hold
