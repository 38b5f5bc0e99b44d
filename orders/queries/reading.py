"""What belongs to an order, and which orders can be served, as the API, the console and the clocks read them."""

from __future__ import annotations

import uuid
from collections import Counter

from django.db.models import QuerySet

import inventory.queries
from core.models import Event
from orders.models import Hold, Order, OrderLine, OrderNote


def servable_orders(at_most: int) -> list[uuid.UUID]:
    """The orders that wait for stock which is free now, the first placed first, as far as it reaches."""
    waiting = OrderLine.objects.backordered()
    free = Counter(inventory.queries.available(set(waiting.order_by().values_list("variant_id", flat=True).distinct())))
    free = +free
    found: dict[uuid.UUID, None] = {}
    rows = waiting.filter(variant_id__in=free).first_placed_first()
    for order_id, variant_id, units in rows.values_list("order_id", "variant_id", "backordered").iterator():
        if free[variant_id] > 0:
            free[variant_id] -= units
            found[order_id] = None
        if len(found) == at_most or not +free:
            break
    return list(found)


def events_of(order_id: uuid.UUID) -> QuerySet[Event]:
    """The order's timeline."""
    return Event.objects.filter(subject_type=Order.subject_type, subject_id=order_id)


def holds_of(order_id: uuid.UUID) -> QuerySet[Hold]:
    return Hold.objects.filter(order_id=order_id)


def notes_of(order_id: uuid.UUID) -> QuerySet[OrderNote]:
    return OrderNote.objects.filter(order_id=order_id)
