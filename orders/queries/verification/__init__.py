"""The self-check of orders: counters and money columns against the ledgers, the ledgers against the events, the books
against the money ledger, promised days against the version documents.

Every comparison is for equality. Overwrites nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import F, Sum

from orders.discrepancies import Discrepancy
from orders.models import Order
from orders.payments.queries import money_off
from orders.pricing.queries import prices_off
from orders.queries.verification.books import postings_off
from orders.queries.verification.credit import CreditDiscrepancy, credit_off
from orders.queries.verification.promises import promises_off
from orders.queries.verification.units import units_off
from orders.refunds.queries import refunds_off
from stored_value.queries import credited_by_reference

__all__ = [
    "CreditDiscrepancy",
    "Discrepancy",
    "Tally",
    "credit_off",
    "discrepancies_of",
    "net_charges",
    "postings_off",
    "verify_orders",
]

BATCH = 1_000


@dataclass
class Tally:
    """What has been verified so far."""

    orders: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)
    postings: list[Discrepancy] = field(default_factory=list)
    """Where the books differ from the ledger."""

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
            tally.discrepancies += discrepancies_of(orders)
            tally.postings += postings_off(orders)
        yield tally
        if len(orders) < BATCH:
            return
        after = orders[-1].pk


def net_charges(client_id: uuid.UUID | None = None) -> list[tuple[str, int, int]]:
    """By currency: what orders are charged for, less what of it was credited or written off, and what credit invoices
    of other systems came to.
    """
    orders = Order.objects.all() if client_id is None else Order.objects.filter(client_id=client_id)
    kept = Sum(F("charged") - F("credited") - F("written_off"))
    charged = dict(orders.order_by().values_list("currency").annotate(kept=kept))
    credited = credited_by_reference(client_id)
    return [(each, charged.get(each, 0), credited.get(each, 0)) for each in sorted(charged.keys() | credited.keys())]


def discrepancies_of(orders: Sequence[Order]) -> list[Discrepancy]:
    """What is wrong with these, which are loaded with their lines and payments: a handful of statements for all."""
    return [*units_off(orders), *promises_off(orders), *prices_off(orders), *money_off(orders), *refunds_off(orders)]


def _batch(client_id: uuid.UUID | None, after: uuid.UUID | None) -> list[Order]:
    orders = Order.objects.order_by("id")
    if client_id is not None:
        orders = orders.filter(client_id=client_id)
    if after is not None:
        orders = orders.filter(pk__gt=after)
    return list(orders.prefetch_related("lines", "payments")[:BATCH])
