"""What the database itself holds of instalments: a schedule is whole, in order, and comes to what is to be paid."""

from __future__ import annotations

# What has been paid of the order already may be among the instalments or not: as an order is placed they are agreed on
# the whole of it, though a gift card pays a part in the same transaction.
SCHEDULE_ADDS_UP = """
IF EXISTS (
    SELECT 1 FROM (SELECT DISTINCT order_id FROM entered) added
    JOIN orders_order o ON o.id = added.order_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, max(position) AS last, sum(amount) AS total,
               bool_and(later = after) AND bool_and(before IS NULL OR before < due_on) AS in_order
        FROM (
            SELECT position, amount, later, due_on, lag(due_on) OVER (ORDER BY position) AS before,
                   sum(amount) OVER (ORDER BY position DESC) - amount AS after
            FROM orders_instalment WHERE order_id = o.id
        ) each
    ) schedule
    WHERE NOT schedule.in_order OR schedule.number <> schedule.last
       OR schedule.total < o.charged - o.credited - o.written_off - o.captured + o.refunded
       OR schedule.total > o.charged - o.credited - o.written_off
) THEN
    RAISE EXCEPTION 'instalments come one after another, and together to what is to be paid'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""

SCHEDULE_GOES_WHOLE = """
IF EXISTS (SELECT 1 FROM orders_instalment WHERE order_id IN (SELECT order_id FROM gone)) THEN
    RAISE EXCEPTION 'the instalments of an order are replaced together' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""
