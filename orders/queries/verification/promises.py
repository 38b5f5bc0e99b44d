"""The days that lines promise against the order's newest version document: nobody was promised another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection

from orders.discrepancies import Discrepancy
from orders.models import Order

_PROMISES = """
WITH said AS (
    SELECT DISTINCT ON (subject_id) subject_id, document FROM core_versiondocument
    WHERE subject_type = 'order' AND subject_id = ANY(%s) ORDER BY subject_id, version DESC
)
SELECT line.order_id, line.sku, coalesce(line.promised_on::text, ''), coalesce(told.line ->> 'promised_on', '')
FROM said
CROSS JOIN LATERAL jsonb_array_elements(said.document -> 'lines') AS told (line)
JOIN orders_orderline line ON line.id = (told.line ->> 'id')::uuid
WHERE line.promised_on::text IS DISTINCT FROM told.line ->> 'promised_on'
ORDER BY line.order_id, line.position
"""


def promises_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    numbers = {order.pk: order.number for order in orders}
    with connection.cursor() as cursor:
        cursor.execute(_PROMISES, [list(numbers)])
        rows = cursor.fetchall()
    for order_id, sku, stored, told in rows:
        what = f"{sku} promised day"
        yield Discrepancy(
            numbers[order_id], what, stored or "none", told or "none", "columns", source="its version document"
        )
