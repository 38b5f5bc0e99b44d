"""How a book stands at a glance, and where an order stands in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import F, Sum

from trading.models import BookOrder, PriceLevel, SideTotal
from trading.statuses import Side

COUNTED = 1000
"""Price levels and orders before an order that are looked at; it reads no more than that."""


@dataclass(frozen=True)
class Ahead:
    """What a trade takes before it: amounts and orders at better prices, and those that came first at its own.

    `more` says that there is more of it than was counted.
    """

    better_amount: int
    better_orders: int
    same_amount: int
    same_orders: int
    more: bool


def ahead_of(order: BookOrder) -> Ahead:
    """What stands before an order that is in the book. Two statements, each along an index."""
    levels = PriceLevel.objects.filter(instrument_id=order.instrument_id, side=order.side, rank__lt=order.rank)
    better = list(levels.order_by("rank").values_list("amount", "orders")[: COUNTED + 1])
    queue = BookOrder.objects.in_the_book().filter(
        instrument_id=order.instrument_id, side=order.side, rank=order.rank, queue__lt=order.queue
    )
    same = list(queue.order_by("rank", "queue").values_list("amount", flat=True)[: COUNTED + 1])
    return Ahead(
        better_amount=sum(amount for amount, _ in better[:COUNTED]),
        better_orders=sum(orders for _, orders in better[:COUNTED]),
        same_amount=sum(same[:COUNTED]),
        same_orders=len(same[:COUNTED]),
        more=max(len(better), len(same)) > COUNTED,
    )


def available_of(instrument_id: uuid.UUID) -> dict[str, int]:
    """All that each side of the book has."""
    totals = SideTotal.objects.filter(instrument_id=instrument_id)
    found = dict(totals.values_list("side").annotate(available=Sum(F("amount"))))
    return {side: int(found.get(side, 0)) for side in Side.values}
