"""The line counters against the stock ledger, and its movements against the events that tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import inventory.queries
from orders.derivation import fulfilment_status, return_status
from orders.discrepancies import Discrepancy
from orders.models import Order, OrderLine
from orders.statuses import OrderStatus


def units_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    ledger = inventory.queries.units_of_orders([order.pk for order in orders])
    for order in orders:
        for line in order.lines.all():
            units = ledger.get(line.pk, inventory.queries.LineUnits())
            told = (
                ("reserved", line.reserved, units.reserved),
                ("reserved at locations", line.reserved, units.kept),
                ("shipped", line.shipped, units.shipped),
                ("undelivered", line.undelivered, units.undelivered),
                ("returned", line.returned, units.returned),
                ("backordered", line.backordered, _unserved(order, line)),
            )
            for what, stored, counted in told:
                if stored != counted:
                    yield Discrepancy(order.number, f"{line.sku} {what}", stored, counted, "units")
        yield from _statuses_off(order)
    yield from _movements_off(orders)


def _unserved(order: Order, line: OrderLine) -> int:
    """Units that have to wait: all that are neither reserved nor gone. An expired draft waits for nothing."""
    expired = order.status == OrderStatus.DRAFT and order.reserved_until is None
    return 0 if expired else line.to_ship - line.reserved


def _statuses_off(order: Order) -> Iterator[Discrepancy]:
    lines = list(order.lines.all())
    derived = (
        ("fulfilment status", order.fulfilment_status, fulfilment_status(lines)),
        ("return status", order.return_status, return_status(lines)),
    )
    for what, stored, expected in derived:
        if stored != expected:
            yield Discrepancy(order.number, what, stored, expected, "columns", source="the count of its units")


def _movements_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    numbers = {order.pk: order.number for order in orders}
    for found in inventory.queries.untold_units(list(numbers)):
        what = f"{found.kind} of line {found.line_id} at version {found.version}"
        yield Discrepancy(numbers[found.order_id], what, found.moved, found.told, "units", source="its event")
