"""Which orders give way when a count finds fewer units than are reserved, and that their units wait then.

Inventory's adjusting calls this, by registration at start: orders are locked before stock is.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, cast

import inventory.queries
from core.actors import Actor
from core.transactions import StartOver, step
from inventory.actions import Claim, Claims
from inventory.queries import OrderAllocation
from orders.actions.reserve import note_backordered
from orders.locking import lines_of, lock_orders, save_counters, save_order
from orders.models import Order, OrderLine
from orders.statuses import OrderStatus

Packed = Mapping[tuple[uuid.UUID, uuid.UUID], int]
"""(order line, location) → units in packed shipments."""

_packed: list[Callable[[Collection[uuid.UUID]], Packed]] = []

_RANKS = {OrderStatus.PROCESSING: 0, OrderStatus.PLACED: 1, OrderStatus.DRAFT: 2}
"""A draft gives way before what is placed, and that before what the warehouse is at work on."""


@dataclass(frozen=True)
class _Kept:
    """Units that the location keeps for a line; `packed` of them are in a box already."""

    order: Order
    line_id: uuid.UUID
    quantity: int
    packed: int

    @property
    def loose(self) -> int:
        return max(self.quantity - self.packed, 0)

    @property
    def youth(self) -> tuple[Any, ...]:
        return _RANKS[OrderStatus(self.order.status)], self.order.placed_at or self.order.created_at, self.order.pk


def register_packed(units_of: Callable[[Collection[uuid.UUID]], Packed]) -> None:
    """Tell how to ask which units of some orders are packed: those don't give way."""
    _packed[:] = [units_of]


@step
def lock_youngest(variant_id: uuid.UUID, location_id: uuid.UUID, units: int) -> Claims:
    """Lock the orders that give way first, up to so many units at the location, and tell what each can give.

    Raises StartOver when they have fewer under their locks than before.
    """
    rows = inventory.queries.reservations_at(variant_id, location_id)
    lines = OrderLine.objects.filter(pk__in=[row.line_id for row in rows], order__status__in=_RANKS)
    found = _youngest_first(rows, {line.pk: line.order for line in lines.select_related("order")}, location_id)
    first = _up_to(units, found)
    locked = lock_orders({each.order.pk for each in first})
    rows = inventory.queries.reservations_at(variant_id, location_id, [order.pk for order in locked])
    kept = _youngest_first(rows, {line.pk: order for order in locked for line in lines_of(order)}, location_id)
    if _loose(first) >= units > _loose(kept):
        raise StartOver
    return Claims(units, [Claim(each.order, each.line_id, each.loose) for each in kept if each.loose], _advice(found))


@step
def let_wait(claims: Sequence[Claim], actor: Actor) -> None:
    """Count units from reserved to backordered; inventory has released them."""
    by_order: defaultdict[Order, dict[OrderLine, int]] = defaultdict(dict)
    for claim in claims:
        order = cast(Order, claim.order)
        line = next(line for line in lines_of(order) if line.pk == claim.line_id)
        line.reserved -= claim.quantity
        line.backordered += claim.quantity
        by_order[order][line] = claim.quantity
    save_counters(line for waiting in by_order.values() for line in waiting)
    for order, waiting in by_order.items():
        note_backordered(order, waiting, actor)
        save_order(order)


def _youngest_first(
    rows: Sequence[OrderAllocation], owners: Mapping[uuid.UUID, Order], location_id: uuid.UUID
) -> list[_Kept]:
    """What is kept, with the order of each line. Rows of lines without one are left out."""
    at_work = {order.pk for order in owners.values() if order.status == OrderStatus.PROCESSING}
    packed = _packed[0](at_work) if _packed and at_work else {}
    kept = [
        _Kept(owners[row.line_id], row.line_id, row.quantity, packed.get((row.line_id, location_id), 0))
        for row in rows
        if row.line_id in owners
    ]
    return sorted(kept, key=lambda each: each.youth, reverse=True)


def _up_to(units: int, kept: Sequence[_Kept]) -> list[_Kept]:
    """The first of them that have so many units to give."""
    before = accumulate((each.loose for each in kept), initial=0)
    return [each for each, given in zip(kept, before, strict=False) if given < units and each.loose]


def _loose(kept: Sequence[_Kept]) -> int:
    return sum(each.loose for each in kept)


def _advice(kept: Sequence[_Kept]) -> str:
    """What to do when all that is loose gives way and it isn't enough."""
    named = sorted({str(each.order) for each in kept if each.packed})
    return f"Unpack or cancel the packed shipments of {', '.join(named)} first." if named else ""
