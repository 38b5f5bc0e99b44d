"""Steps that shipping takes on the order of a shipment.

Count what left, arrived or came back, and move the order with the last of it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from core.actors import Actor
from core.operations import explain, possible, require
from core.outbox import record
from core.transactions import step
from core.transitions import Blocker
from orders.events import OrderDelivered, OrderShipped
from orders.locking import lines_of, save_counters, save_order
from orders.models import Order, OrderLine
from orders.operations import DELIVER, DISPATCH, PACK, SHIP

Units = Mapping[uuid.UUID, int]
"""Units by order line."""


@step
def record_dispatch(order: Order, units: Units, *, at: dt.datetime, actor: Actor) -> None:
    """Count units out of the building; the last ones make the order shipped.

    Raises OperationRefused unless the order is processing and not on hold, so that a cancelled order never ships.
    """
    require(order, DISPATCH)
    for line in _touched(order, units):
        line.shipped += units[line.pk]
        line.reserved -= units[line.pk]
    _save(order, units)
    if possible(order, SHIP):
        order.ship(at=at)
        save_order(order, "status", "shipped_at")
        record(OrderShipped(), subject=order, actor=actor)


@step
def record_delivery(order: Order, units: Units, *, at: dt.datetime, actor: Actor) -> None:
    """Count units that arrived; the last ones make the order delivered."""
    for line in _touched(order, units):
        line.delivered += units[line.pk]
    _save(order, units)
    _deliver_with_the_last(order, at=at, actor=actor)


@step
def record_return(order: Order, units: Units, *, at: dt.datetime, actor: Actor) -> None:
    """Count units that came back undelivered.

    When they were the last under way, the order is delivered with what arrived.
    """
    for line in _touched(order, units):
        line.undelivered += units[line.pk]
    _save(order, units)
    _deliver_with_the_last(order, at=at, actor=actor)


def dispatch_blocker(order: Order) -> Blocker | None:
    """Why no unit of the order may leave now; None when it may."""
    return explain(order, DISPATCH)


def packing_blocker(order: Order) -> Blocker | None:
    """Why no unit of the order may be packed now; None when it may."""
    return explain(order, PACK)


def _touched(order: Order, units: Units) -> list[OrderLine]:
    return [line for line in lines_of(order) if line.pk in units]


def _save(order: Order, units: Units) -> None:
    save_counters(_touched(order, units))
    save_order(order)


def _deliver_with_the_last(order: Order, *, at: dt.datetime, actor: Actor) -> None:
    if possible(order, DELIVER):
        order.deliver(at=at)
        save_order(order, "status", "delivered_at")
        record(OrderDelivered(), subject=order, actor=actor)
