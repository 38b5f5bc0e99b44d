"""Capturing what cards have set aside, parcel by parcel, as goods leave."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.money import share
from core.transactions import action, step
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.payments.actions.locked import locked_payments
from orders.payments.actions.requesting import is_busy, request_attempt
from orders.payments.gateways import captures_once
from orders.payments.models import PaymentAttempt
from orders.payments.statuses import UNDER_WAY, AttemptKind, PaymentState


@action
def capture_shipped(order_id: uuid.UUID, *, actor: Actor) -> Order:
    """Ask for what is due of the units that have left, of what was authorised. Asked again, it asks for nothing more.

    Raises NotFound.
    """
    order = lock_order(order_id)
    if capture_what_left(order, actor):
        save_order(order)
    return order


@step
def capture_what_left(order: Order, actor: Actor) -> int:
    """Ask for it of the payments that nothing is under way of, the oldest first; the caller saves the order.

    What one of them is busy with is asked for once that is settled. Returns how much was asked for, in minor units.
    """
    if not order.authorised or not order.is_wanted:
        return 0
    under_way = _under_way(order)
    wanted = left = max(_due_of_what_left(order) - under_way, 0)
    for payment in sorted(locked_payments(order), key=lambda each: each.pk):
        # Where the rest would be let go, all that is due is taken with the first parcel.
        most = order.due - under_way if left > 0 and captures_once(payment.gateway) else left
        part = max(min(most, payment.authorised - payment.captured), 0)
        if part and payment.status == PaymentState.AUTHORISED and not is_busy(payment):
            request_attempt(order, payment, AttemptKind.CAPTURE, part, actor)
            left, under_way = left - part, under_way + part
    return wanted - left


def _due_of_what_left(order: Order) -> int:
    """All that is due but for the units that are still to leave: delivery and rounding come with the first that do."""
    lines = list(order.lines.all())
    if not any(line.shipped for line in lines):
        return 0
    staying = sum(share(line.total, line.quantity, line.quantity - line.to_ship, line.quantity) for line in lines)
    return order.due - staying


def _under_way(order: Order) -> int:
    asked = PaymentAttempt.objects.filter(payment__order=order, kind=AttemptKind.CAPTURE, status__in=UNDER_WAY)
    return sum(asked.values_list("amount", flat=True))
