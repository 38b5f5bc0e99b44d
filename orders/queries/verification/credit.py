"""What credit accounts say is owed against the orders on account of their customers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connection

# One statement, so that it is one snapshot.
_OFF = """
SELECT a.id, a.currency, a.owed, coalesce(sums.owed, 0)
FROM customers_creditaccount a
LEFT JOIN LATERAL (
    SELECT sum(due.amount) AS owed FROM orders_order o
    CROSS JOIN LATERAL (
        SELECT o.charged - o.credited - o.written_off - (o.captured - o.refunded) AS amount
    ) due
    WHERE o.customer_id = a.customer_id AND o.currency = a.currency AND o.payment_terms = 'on_account'
        AND due.amount > 0
) sums ON true
WHERE a.owed <> coalesce(sums.owed, 0)
ORDER BY a.id
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class CreditDiscrepancy:
    """A credit account that says another amount is owed than its customer's orders; minor units of its currency."""

    account_id: uuid.UUID
    currency: str
    stored: int
    expected: int

    @property
    def off(self) -> int:
        return abs(self.stored - self.expected)

    def __str__(self) -> str:
        told = f"owed is {self.stored}, its customer's orders say {self.expected}"
        return f"credit account {self.account_id} in {self.currency}: {told} ({self.off} cents off)"


def credit_off(limit: int = 100) -> list[CreditDiscrepancy]:
    """For equality alone; empty: it all adds up."""
    with connection.cursor() as cursor:
        cursor.execute(_OFF, {"limit": limit})
        return [CreditDiscrepancy(*row) for row in cursor.fetchall()]
