"""The line counters against the stock ledger, and its movements against the events that tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import inventory.queries
from orders.models import Order
from orders.queries.verification.discrepancy import Discrepancy


def units_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    ids = [order.pk for order in orders]
    ledger = inventory.queries.units_of_orders(ids)
    for order in orders:
        for line in order.lines.all():
            units = ledger.get(line.pk, inventory.queries.LineUnits())
            told = (
                ("reserved", line.reserved, units.reserved),
                ("reserved at locations", line.reserved, units.kept),
                ("shipped", line.shipped, units.shipped),
                ("returned", line.returned, units.returned),
            )
            for what, stored, counted in told:
                if stored != counted:
                    yield Discrepancy(order.number, f"{line.sku} {what}", stored, counted, "units")
    numbers = {order.pk: order.number for order in orders}
    for found in inventory.queries.untold_units(ids):
        what = f"{found.kind} of line {found.line_id} at version {found.version}"
        yield Discrepancy(numbers[found.order_id], what, found.moved, found.told, "units", source="its event")
