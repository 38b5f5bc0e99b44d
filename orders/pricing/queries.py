"""The self-check of prices: the sums of an order against the rows that they are of, its total against its events."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from orders.discrepancies import Discrepancy, Figure
from orders.models import Order, OrderLine
from orders.pricing.models import Adjustment, DeliveryCharge, TaxTotal

_TOTALS = """
SELECT DISTINCT ON (subject_id) subject_id, (data ->> 'total')::bigint FROM core_event
WHERE subject_type = 'order' AND subject_id = ANY(%(orders)s) AND data ->> 'total' IS NOT NULL
ORDER BY subject_id, version DESC
"""
_SUMS = ("discount", "surcharge", "tax", "tax_included")


@dataclass
class _Rows:
    """What belongs to the price of one order."""

    adjustments: list[Adjustment] = field(default_factory=list)
    deliveries: list[DeliveryCharge] = field(default_factory=list)
    taxes: list[TaxTotal] = field(default_factory=list)


def prices_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    """What doesn't add up in these, which are loaded with their lines. Compares for equality."""
    totals, rows = _told_totals(orders), _rows_of(orders)
    for order in orders:
        for what, stored, expected in _figures(order, list(order.lines.all()), rows[order.pk]):
            if stored != expected:
                yield Discrepancy(order.number, what, stored, expected, "cents", source="what it is the sum of")
        told = totals.get(order.pk, 0)
        if order.total != told:
            yield Discrepancy(order.number, "total", order.total, told, "cents", source="its last event")


def _figures(order: Order, lines: Sequence[OrderLine], rows: _Rows) -> Iterator[Figure]:
    parts: list[OrderLine | DeliveryCharge] = [*lines, *rows.deliveries]
    yield "subtotal", order.subtotal, sum(line.unit_price * line.quantity for line in lines)
    for name in _SUMS:
        yield name, getattr(order, name), sum(getattr(part, name) for part in parts)
    yield "shipping", order.shipping, sum(charge.price for charge in rows.deliveries)
    yield "rounding", order.rounding, _sum(each for each in rows.adjustments if each.kind == "rounding")
    yield "total", order.total, order.subtotal + order.shipping + order.rounding + _adjusted_by(order)
    yield "total of lines and delivery", order.total, sum(part.total for part in parts) + order.rounding
    yield "taxes by rate", order.tax, _sum(rows.taxes)
    yield "included taxes by rate", order.tax_included, _sum(each for each in rows.taxes if each.included)
    for line in lines:
        of_it = [each for each in rows.adjustments if each.line_id == line.pk]
        yield from _figures_of(f"line {line.position}", line, line.unit_price * line.quantity, of_it)
    for charge in rows.deliveries:
        of_it = [each for each in rows.adjustments if each.delivery_id == charge.pk]
        yield from _figures_of(f"delivery {charge.name}", charge, charge.price, of_it)


def _figures_of(
    what: str, part: OrderLine | DeliveryCharge, amount: int, adjustments: Sequence[Adjustment]
) -> Iterator[Figure]:
    sums = {
        "discount": -_sum(each for each in adjustments if each.kind == "discount"),
        "surcharge": _sum(each for each in adjustments if each.kind == "surcharge"),
        "tax": _sum(each for each in adjustments if each.kind == "tax"),
        "tax_included": _sum(each for each in adjustments if each.kind == "tax" and each.included),
    }
    for name, expected in sums.items():
        yield f"{name} of {what}", getattr(part, name), expected
    yield f"total of {what}", part.total, amount + _adjusted_by(part)


def _adjusted_by(part: Order | OrderLine | DeliveryCharge) -> int:
    return part.surcharge - part.discount + part.tax - part.tax_included


def _sum(rows: Iterable[Adjustment | TaxTotal]) -> int:
    return sum(each.amount for each in rows)


def _rows_of(orders: Sequence[Order]) -> dict[uuid.UUID, _Rows]:
    found: defaultdict[uuid.UUID, _Rows] = defaultdict(_Rows)
    of_them: dict[str, Any] = {"order_id__in": [order.pk for order in orders]}
    for adjustment in Adjustment.objects.filter(**of_them):
        found[adjustment.order_id].adjustments.append(adjustment)
    for delivery in DeliveryCharge.objects.filter(**of_them):
        found[delivery.order_id].deliveries.append(delivery)
    for tax in TaxTotal.objects.filter(**of_them):
        found[tax.order_id].taxes.append(tax)
    return found


def _told_totals(orders: Sequence[Order]) -> dict[uuid.UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {"orders": [order.pk for order in orders]})
        return dict(cursor.fetchall())
