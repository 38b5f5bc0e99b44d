"""The self-check of prices: amounts of lines and order against each other, and the total against its events."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from django.db import connection

from orders.discrepancies import Discrepancy, Figure
from orders.models import Order, OrderLine

_TOTALS = """
SELECT DISTINCT ON (subject_id) subject_id, (data ->> 'total')::bigint FROM core_event
WHERE subject_type = 'order' AND subject_id = ANY(%(orders)s) AND data ->> 'total' IS NOT NULL
ORDER BY subject_id, version DESC
"""


def prices_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    """What doesn't add up in these, which are loaded with their lines. Compares for equality."""
    totals = _told_totals(orders)
    for order in orders:
        for what, stored, expected in _figures(order, list(order.lines.all())):
            if stored != expected:
                yield Discrepancy(order.number, what, stored, expected, "cents")
        told = totals.get(order.pk, 0)
        if order.total != told:
            yield Discrepancy(order.number, "total", order.total, told, "cents", source="its last event")


def _figures(order: Order, lines: Sequence[OrderLine]) -> Iterator[Figure]:
    yield "subtotal", order.subtotal, sum(line.unit_price * line.quantity for line in lines)
    yield "discount", order.discount, sum(line.discount for line in lines)
    yield "tax", order.tax, sum(line.tax for line in lines)
    yield "total", order.total, order.subtotal - order.discount + order.tax + order.shipping
    yield "total of lines and shipping", order.total, sum(line.total for line in lines) + order.shipping
    for line in lines:
        parts = line.unit_price * line.quantity - line.discount + line.tax
        yield f"total of line {line.position}", line.total, parts


def _told_totals(orders: Sequence[Order]) -> dict[uuid.UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {"orders": [order.pk for order in orders]})
        return dict(cursor.fetchall())
