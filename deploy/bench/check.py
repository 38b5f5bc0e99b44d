"""What must be true after every measurement: nothing lost, nothing doubled, and the ledgers add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

_FAULTS = {
    "stock levels that are not the sum of their movements": """
        SELECT count(*) FROM inventory_stocklevel l FULL JOIN (
            SELECT variant_id, location_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved
            FROM inventory_stockmovement GROUP BY 1, 2) m USING (variant_id, location_id)
        WHERE l.on_hand IS DISTINCT FROM m.on_hand OR l.reserved IS DISTINCT FROM m.reserved""",
    "stock levels whose reserved units are not the sum of their reservations": """
        SELECT count(*) FROM inventory_stocklevel l LEFT JOIN (
            SELECT variant_id, location_id, sum(quantity) AS kept FROM inventory_reservation GROUP BY 1, 2
        ) r USING (variant_id, location_id) WHERE l.reserved <> coalesce(r.kept, 0)""",
    "orders without their three reserved lines": """
        SELECT count(*) FROM orders_order o WHERE 3 <> (
            SELECT count(*) FROM orders_orderline l JOIN inventory_reservation r ON r.line_id = l.id
            WHERE l.order_id = o.id AND l.reserved = r.quantity)""",
    "orders whose charge is not in the money ledger": """
        SELECT count(*) FROM orders_order o WHERE o.charged IS DISTINCT FROM (
            SELECT sum(amount) FROM orders_ledgerentry e WHERE e.order_id = o.id AND e.kind = 'charged')""",
    "orders whose charge is not posted to the books": """
        SELECT count(*) FROM orders_order o WHERE o.charged IS DISTINCT FROM (
            SELECT sum(l.amount) FROM books_posting p JOIN books_postingline l ON l.posting_id = p.id
            WHERE p.subject_type = 'order' AND p.subject_id = o.id AND p.kind = 'charged'
                AND l.account = 'receivable')""",
    "orders whose events don't count up to their version": """
        SELECT count(*) FROM orders_order o WHERE o.version <> (
            SELECT count(*) FROM core_event e WHERE e.subject_type = 'order' AND e.subject_id = o.id)""",
    "orders without a remembered response": """
        SELECT abs((SELECT count(*) FROM orders_order) - (
            SELECT count(*) FROM core_idempotencyrecord r
            WHERE EXISTS (SELECT 1 FROM orders_order o WHERE o.client_id = r.client_id)))""",
}


def orders() -> int:
    return int(_one("SELECT count(*) FROM orders_order"))


def confirm_made(locations: Sequence[str], before: int) -> None:
    """Every answered order exists, once, and no other has come. Raises AssertionError."""
    ids = [location.rstrip("/").rpartition("/")[2] for location in locations]
    if len(set(ids)) != len(ids):
        raise AssertionError(f"{len(ids) - len(set(ids))} orders were answered twice")
    found = _one("SELECT count(*) FROM orders_order WHERE id = ANY(%s::uuid[])", ids)
    if found != len(ids) or orders() != before + len(ids):
        raise AssertionError(f"{len(ids)} orders were answered, {found} of them exist, {orders() - before} were made")


def confirm_ledgers() -> str:
    """What was verified, in words. Raises AssertionError."""
    for fault, statement in _FAULTS.items():
        found = _one(statement)
        if found:
            raise AssertionError(f"{found} {fault}")
    return f"{orders():,} orders, 0 units off, 0 cents off"


def _one(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])
