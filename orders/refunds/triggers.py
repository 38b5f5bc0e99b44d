"""What the database itself holds of refunds: a line takes its exact share, and a refund is the sum of its rows."""

from __future__ import annotations

# The shares are those of core.money.share: numeric, because twice a total times its units passes 64 bits.
CREDIT_IS_COUNTED = """
IF NEW.line_id IS NOT NULL THEN
    UPDATE orders_orderline line SET credited = line.credited + NEW.quantity
    FROM orders_refund refund
    WHERE refund.id = NEW.refund_id AND line.id = NEW.line_id AND line.order_id = refund.order_id
    RETURNING line.total, line.quantity, line.credited INTO total, units, upto;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a line of a refund names a line that its order does not have'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF NEW.amount <> div(2 * total * upto + units, 2 * units)
                     - div(2 * total * (upto - NEW.quantity) + units, 2 * units) THEN
        RAISE EXCEPTION 'the units of a line are credited with their exact share of its total'
            USING ERRCODE = 'check_violation';
    END IF;
ELSIF NEW.delivery_id IS NOT NULL THEN
    UPDATE orders_deliverycharge delivery SET credited = delivery.credited + NEW.amount
    FROM orders_refund refund
    WHERE refund.id = NEW.refund_id AND delivery.id = NEW.delivery_id AND delivery.order_id = refund.order_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a line of a refund names a delivery that its order does not have'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
END IF;
RETURN NULL;
"""

# Asked as the transaction ends: the rows come after the refund.
REFUND_ADDS_UP = """
IF EXISTS (
    SELECT 1 FROM orders_refund refund
    WHERE refund.id = NEW.id AND (
        refund.credited <> (SELECT coalesce(sum(amount), 0) FROM orders_refundline WHERE refund_id = refund.id)
        OR refund.amount <> (SELECT coalesce(sum(amount), 0) FROM orders_refundpart WHERE refund_id = refund.id)
    )
) THEN
    RAISE EXCEPTION 'a refund that succeeded is the sum of its lines and of its parts'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""

PART_IS_OF_THE_ORDER = """
IF NOT EXISTS (
    SELECT 1 FROM orders_refund refund JOIN orders_payment payment USING (order_id)
    WHERE refund.id = NEW.refund_id AND payment.id = NEW.payment_id
) THEN
    RAISE EXCEPTION 'a part of a refund names a payment that its order does not have'
        USING ERRCODE = 'foreign_key_violation';
END IF;
RETURN NULL;
"""
