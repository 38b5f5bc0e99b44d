"""Holds: something to settle before the order is released or dispatched."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import prefetch_related_objects
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from core.operations import performs, require
from core.outbox import record
from core.transactions import action, step
from orders.errors import HoldExists
from orders.events import HoldLifted, OrderHeld
from orders.locking import lock_order
from orders.models import Hold, Order
from orders.models.hold import LIFTED
from orders.operations import LIFT_HOLD, PLACE_HOLD
from orders.statuses import HoldReason

EXPIRY = Actor.system("hold expiry")


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

    An order is held for one reason once (for "other" reasons, once for each note): the same hold again is answered with
    the one that there is. Raises HoldExists for another note or expiry, OperationRefused once everything has left.
    """
    order = lock_order(order_id, expected_version=expected_version)
    now = timezone.now()
    held = _hold_for(order, reason, note)
    if held is not None and held.is_in_force(now):
        if (held.note, held.expires_at) != (note, expires_at):
            raise HoldExists(held)
        return held
    require(order, PLACE_HOLD)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput.at("/expires_at", "in_the_past", "A hold must expire in the future.")
    if held is not None:
        _lift(order, held, actor=EXPIRY, expired=True)
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
    """Settle a hold; settled already, it stays as it is. Raises NotFound when the order never had it."""
    order = lock_order(order_id, expected_version=expected_version)
    hold = _hold_of(order, hold_id)
    if hold.lifted_at is None:
        require(order, LIFT_HOLD)
        _lift(order, hold, actor=actor, expired=False)
    return hold


@action
def expire_hold(order_id: uuid.UUID, hold_id: uuid.UUID, *, actor: Actor = EXPIRY) -> bool:
    """Lift a hold whose time is up. False when there was nothing to do: somebody lifted it before.

    Raises NotFound when the order never had it.
    """
    order = lock_order(order_id)
    hold = _hold_of(order, hold_id)
    if hold.lifted_at is not None:
        return False
    require(order, LIFT_HOLD)
    _lift(order, hold, actor=actor, expired=True)
    return True


@step
def _lift(order: Order, hold: Hold, *, actor: Actor, expired: bool) -> None:
    record(HoldLifted(hold_id=hold.pk, reason=hold.reason, expired=expired), subject=order, actor=actor)
    hold.lift(actor, at=timezone.now(), version=order.version)
    hold.save(update_fields=LIFTED)


def _hold_of(order: Order, hold_id: uuid.UUID) -> Hold:
    hold = next((each for each in _holds_of(order) if each.pk == hold_id), None)
    if hold is None:
        raise NotFound("The order has no such hold.")
    return hold


def _hold_for(order: Order, reason: str, note: str) -> Hold | None:
    """The hold for this reason that nobody has lifted."""
    unlifted = (each for each in _holds_of(order) if each.lifted_at is None and each.reason == reason)
    return next((each for each in unlifted if reason != HoldReason.OTHER or each.note == note), None)


def _holds_of(order: Order) -> Sequence[Hold]:
    prefetch_related_objects([order], "holds")
    return list(order.holds.all())
