"""What must be so before an order may move.

Each check says why not, with the actual values, and what would unblock it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from core.money import format_money
from core.transitions import Blocker
from orders.statuses import PaymentTerms

if TYPE_CHECKING:
    from orders.models import Order


def not_deleted(order: Order) -> Blocker | None:
    """It was not deleted."""
    if order.deleted_at is None:
        return None
    return Blocker(f"The order was deleted at {order.deleted_at:%Y-%m-%d %H:%M} UTC.", "Nothing: create a new order.")


def has_lines(order: Order) -> Blocker | None:
    """It has at least one line."""
    if order.lines.all():
        return None
    return Blocker("The order has no lines.", "Nothing: create an order with at least one line.")


def not_on_hold(order: Order) -> Blocker | None:
    """No hold is open."""
    holds = list(order.holds.in_force(timezone.now()))
    if not holds:
        return None
    named = ", ".join(f"{hold.get_reason_display().lower()} (by {hold.actor})" for hold in holds)
    return Blocker(f"The order is on hold: {named}.", "Lift the hold, or wait until it expires.")


def paid_or_on_account(order: Order) -> Blocker | None:
    """Nothing is due, or it is on account."""
    if order.due <= 0 or order.payment_terms == PaymentTerms.ON_ACCOUNT:
        return None
    due = format_money(order.due, order.currency)
    return Blocker(
        f"{due} of {format_money(order.charged, order.currency)} is unpaid and the order is not on account.",
        f"Record a payment of {due}, or set the payment terms to on account.",
    )


def fully_reserved(order: Order) -> Blocker | None:
    """Every unit to ship is reserved."""
    short = [line for line in order.lines.all() if line.reserved < line.to_ship]
    if not short:
        return None
    named = ", ".join(f"{line.sku}: {line.reserved} of {line.to_ship} reserved" for line in short)
    missing = ", ".join(f"{line.to_ship - line.reserved} of {line.sku}" for line in short)
    return Blocker(
        f"Units are backordered ({named}).",
        f"Receive {missing}: arriving stock is reserved for the orders that were placed first.",
    )


def everything_shipped(order: Order) -> Blocker | None:
    """Every unit that is not cancelled has left."""
    lines = order.lines.all()
    waiting = sum(line.to_ship for line in lines)
    if waiting == 0 and any(line.shipped for line in lines):
        return None
    return Blocker(f"{waiting} units have not left the building yet.", "Dispatch the remaining shipments.")


def everything_arrived(order: Order) -> Blocker | None:
    """Every unit that left arrived or came back, and at least one arrived."""
    lines = order.lines.all()
    away = sum(line.under_way for line in lines)
    if away == 0 and any(line.delivered for line in lines):
        return None
    if away == 0:
        return Blocker("Every unit came back and none was delivered.", "Complete the order instead.")
    return Blocker(f"{away} units are still on their way.", "Deliver the remaining shipments.")


def nothing_under_way(order: Order) -> Blocker | None:
    """Every unit that left arrived or came back."""
    away = sum(line.under_way for line in order.lines.all())
    if away == 0:
        return None
    return Blocker(f"{away} units are still on their way.", "Deliver the remaining shipments, or record their return.")


def nothing_has_left(order: Order) -> Blocker | None:
    """No unit has left the building."""
    left = sum(line.shipped for line in order.lines.all())
    if left == 0:
        return None
    return Blocker(
        f"{left} units have left the building.", "Nothing: dispatch the rest, and have returned what is not wanted."
    )
