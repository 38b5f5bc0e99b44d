"""Orders that were placed before get the rows that their sums are of. Reads orders and writes to the new tables alone."""

from __future__ import annotations

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# Each row has a key of its own; its time is that of this migration.
_DELIVERIES = """
INSERT INTO orders_deliverycharge
    (id, order_id, method, name, kind, price, discount, surcharge, tax, tax_included, total)
SELECT gen_random_uuid(), o.id, '', coalesce(nullif(o.shipping_method, ''), 'Delivery'), o.handover, o.shipping,
       0, 0, 0, 0, o.shipping
FROM orders_order o WHERE o.shipping > 0
    AND NOT EXISTS (SELECT 1 FROM orders_deliverycharge charge WHERE charge.order_id = o.id)
"""
_ADJUSTMENTS = """
INSERT INTO orders_adjustment (id, order_id, line_id, kind, code, label, amount, included, reason)
SELECT gen_random_uuid(), line.order_id, line.id, given.kind, 'given', given.label, given.amount, false, given.reason
FROM orders_orderline line
CROSS JOIN LATERAL (VALUES
    ('discount', 'Discount', -line.discount, ''), ('tax', 'Tax', line.tax, 'given')
) AS given (kind, label, amount, reason)
WHERE given.amount <> 0
    AND NOT EXISTS (SELECT 1 FROM orders_adjustment adjustment WHERE adjustment.line_id = line.id)
"""
_TAXES = """
INSERT INTO orders_taxtotal (id, order_id, name, reason, given, included, taxable, amount)
SELECT gen_random_uuid(), o.id, 'Tax', 'given', '', false, o.subtotal - o.discount, o.tax
FROM orders_order o WHERE o.tax > 0
    AND NOT EXISTS (SELECT 1 FROM orders_taxtotal total WHERE total.order_id = o.id)
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_prices")]

    operations = [
        migrations.RunSQL([_DELIVERIES, _ADJUSTMENTS, _TAXES], migrations.RunSQL.noop),
        ValidateConstraint("order", "order_amounts_not_negative"),
        ValidateConstraint("order", "order_total_adds_up"),
        ValidateConstraint("orderline", "line_amounts_in_range"),
        ValidateConstraint("orderline", "line_total_adds_up"),
    ]
