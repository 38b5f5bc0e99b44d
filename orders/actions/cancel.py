"""Cancelling, reopening, deleting, and giving up the stock of drafts that were never placed."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone

import inventory.actions
from books.queries import part_of
from core.actors import Actor
from core.operations import done_already, performs, require
from core.outbox import record
from core.transactions import action, step
from orders.actions.credit import take_credit_of
from orders.actions.offers import give_back_offers, use_offers_again
from orders.actions.reserve import reserve_missing
from orders.events import OrderCancelled, OrderRemoved, OrderReopened, ReservationExpired
from orders.instalments.actions import agree_on_terms
from orders.locking import keep_version_of, lines_of, lock_order, save_counters, save_order
from orders.models import Order
from orders.operations import CANCEL, DELETE, REOPEN
from orders.payments.actions import let_go_of, move_money
from orders.payments.models import LedgerEntry
from orders.payments.statuses import LedgerKind
from orders.pricing.booking import charge_of_stored
from orders.queries import events_of
from orders.refunds.booking import rest_of_charge
from orders.statuses import OPEN


@performs(CANCEL)
@action
def cancel_order(order_id: uuid.UUID, *, reason: str, actor: Actor, expected_version: int | None = None) -> Order:
    """Cancel while nothing has left the building: stock and offers are free again and what was charged is credited.

    What was paid is then due back to the customer (`due` is negative until it is refunded). Cancelled already for the
    same reason, it stays as it is.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, CANCEL, reason=order.cancel_reason == reason):
        return order
    _cancel(order, reason=reason, actor=actor)
    return order


@performs(REOPEN)
@action
def reopen_order(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Want a cancelled order after all.

    Its stock is reserved again, backordered or refused with the shortage, as its variants say. What the cancellation
    credited is taken back, so that the same is charged as before and what was written off stays so; a draft's total is
    charged. Placed already, it stays as it is. Raises OperationRefused for what is withdrawn from sale, OfferUsedUp; on
    account NoCreditAccount, CreditLimitExceeded.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, REOPEN):
        return order
    was_placed = order.placed_at is not None
    order.reopen(at=timezone.now())
    for line in lines_of(order):
        line.cancelled = 0
    use_offers_again(order, actor)
    reserve_missing(order, actor)
    credit = _credit_of_cancellation(order) if was_placed else None
    credited = {LedgerKind.CREDITED.value: -credit.amount} if credit else {}
    charged = {} if was_placed else {LedgerKind.CHARGED.value: order.total}
    event = OrderReopened(money=credited or charged)
    charge = charge_of_stored(order, lines_of(order))
    move_money(order, event, actor=actor, note="Reopened", reverses=credit, charge=charge)
    if not was_placed:
        agree_on_terms(order, actor=actor)
    save_order(order, "status", "cancel_reason", "cancelled_at", "released_at", "placed_at")
    keep_version_of(order)
    take_credit_of(order)
    return order


@performs(DELETE)
@action
def delete_order(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Take an order out of sight for ever; its rows stay. One that can still be cancelled is cancelled first.

    Deleted already, it stays so. Raises OperationRefused while goods are under way, a card is being charged or money is
    to be given back.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, DELETE):
        return order
    require(order, DELETE)
    if order.status in OPEN:
        _cancel(order, reason="Deleted", actor=actor)
    order.deleted_at = timezone.now()
    save_order(order, "deleted_at")
    record(OrderRemoved(), subject=order, actor=actor)
    return order


@action
def expire_reservation(order_id: uuid.UUID, *, now: dt.datetime, actor: Actor) -> bool:
    """Release the stock of a draft whose time is up; the draft stays and may still be placed.

    False when there was nothing to do.
    """
    order = lock_order(order_id)
    if order.reserved_until is None or order.reserved_until > now:
        return False
    _release_stock(order, actor)
    order.reserved_until = None
    save_order(order, "reserved_until")
    record(ReservationExpired(), subject=order, actor=actor)
    return True


@step
def _cancel(order: Order, *, reason: str, actor: Actor) -> None:
    order.cancel(reason=reason, at=timezone.now())
    for line in lines_of(order):
        line.cancelled = line.quantity
    give_back_offers(order, actor)
    _release_stock(order, actor)
    uncredited = order.charged - order.credited - order.written_off
    credited = {LedgerKind.CREDITED.value: uncredited}
    event = OrderCancelled(was_placed=order.placed_at is not None, money=credited)
    charge = part_of(rest_of_charge(order), 0, uncredited) if uncredited else ()
    move_money(order, event, actor=actor, note="Cancelled", charge=charge)
    let_go_of(order, actor)
    save_order(order, "status", "cancel_reason", "cancelled_at", "reserved_until")
    keep_version_of(order)


def _credit_of_cancellation(order: Order) -> LedgerEntry | None:
    """What the last cancellation credited; None when everything was written off before."""
    cancelled = events_of(order.pk).filter(type=OrderCancelled.type).order_by("-version").values("version")[:1]
    return order.ledger.filter(kind=LedgerKind.CREDITED, version=cancelled).first()


def _release_stock(order: Order, actor: Actor) -> None:
    inventory.actions.release(order=order, actor=actor)
    lines = lines_of(order)
    for line in lines:
        line.reserved = line.backordered = 0
    save_counters(lines)
