"""The self-check of orders: what their counters and money columns say, against the stock and money ledgers.

Overwrites nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Sum

import inventory.queries
from orders.models import LedgerEntry, Order, OrderLine, Payment
from orders.statuses import LedgerKind, OrderStatus

BATCH = 1_000


@dataclass(frozen=True)
class Discrepancy:
    """One figure that two places tell differently; `unit` is "units" or "cents"."""

    order: int
    what: str
    stored: int
    ledger: int
    unit: str

    @property
    def off(self) -> int:
        return abs(self.stored - self.ledger)

    def __str__(self) -> str:
        figures = f"{self.what} is {self.stored}, the ledger says {self.ledger}"
        return f"order #{self.order}: {figures} ({self.off} {self.unit} off)"


@dataclass
class Tally:
    """What has been verified so far."""

    orders: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)

    def off(self, unit: str) -> int:
        return sum(each.off for each in self.discrepancies if each.unit == unit)


def verify_orders(client_id: uuid.UUID | None = None) -> Iterator[Tally]:
    """Check every order, or one storefront's, batch by batch; yields the running tally after each batch.

    Each batch is one snapshot of the database, so that it is right while the shop is open.
    """
    tally = Tally()
    after: uuid.UUID | None = None
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            orders = _batch(client_id, after)
            tally.orders += len(orders)
            tally.discrepancies += [*_units_off(orders), *_cents_off(orders)]
        yield tally
        if len(orders) < BATCH:
            return
        after = orders[-1].pk


def _batch(client_id: uuid.UUID | None, after: uuid.UUID | None) -> list[Order]:
    orders = Order.objects.order_by("id")
    if client_id is not None:
        orders = orders.filter(client_id=client_id)
    if after is not None:
        orders = orders.filter(pk__gt=after)
    return list(orders.prefetch_related("lines", "payments")[:BATCH])


def _units_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
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


def _unserved(order: Order, line: OrderLine) -> int:
    """Units that have to wait: all that are neither reserved nor gone. An expired draft waits for nothing."""
    expired = order.status == OrderStatus.DRAFT and order.reserved_until is None
    return 0 if expired else line.to_ship - line.reserved


def _cents_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    entries = _ledger_sums(orders)
    for order in orders:
        for what, stored, counted in _money_of(order, entries[order.pk]):
            if stored != counted:
                yield Discrepancy(order.number, what, stored, counted, "cents")


def _ledger_sums(orders: Sequence[Order]) -> defaultdict[uuid.UUID, dict[str, int]]:
    sums: defaultdict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    rows = LedgerEntry.objects.filter(order__in=orders).order_by().values_list("order_id", "kind")
    for order_id, kind, amount in rows.annotate(Sum("amount")):
        sums[order_id][kind] = amount
    return sums


def _money_of(order: Order, entries: dict[str, int]) -> Iterator[tuple[str, int, int]]:
    """(what, as stored, as counted) for every figure of money that an order has."""
    lines: Sequence[OrderLine] = list(order.lines.all())
    payments: Sequence[Payment] = list(order.payments.all())
    for kind in LedgerKind.values:
        yield kind, getattr(order, kind), entries.get(kind, 0)
    yield "captured by payments", order.captured, sum(payment.captured for payment in payments)
    yield "refunded of payments", order.refunded, sum(payment.refunded for payment in payments)
    yield "total of lines and shipping", order.total, sum(line.total for line in lines) + order.shipping
    if order.placed_at is not None and order.status != "cancelled":
        yield "charged less credited", order.total, _charged_now(order, entries)


def _charged_now(order: Order, entries: dict[str, int]) -> int:
    """What is charged and not taken back.

    Cancelling credits only what was not written off, and reopening charges the whole again: so much is left over.
    """
    charged = entries.get("charged", 0) - entries.get("credited", 0)
    left_over = min(max(charged - order.total, 0), entries.get("written_off", 0))
    return charged - left_over
