"""Rules of documents that the database holds by triggers."""

from __future__ import annotations

from documents.statuses import CODES

SERIES_BY_NUMBERING = """
RAISE EXCEPTION 'a series counts only by inserting a document' USING ERRCODE = 'restrict_violation';
"""

_CODES = " ".join(f"WHEN '{kind.value}' THEN '{code}'" for kind, code in CODES.items())

# The series' row is locked from here to the commit, so that a rollback gives the number back and the next waits for it.
NUMBER = f"""
INSERT INTO documents_documentseries (id, client_id, kind, year, last_number)
VALUES (core_uuid7(), NEW.client_id, NEW.kind, NEW.year, 1)
ON CONFLICT (client_id, kind, year) DO UPDATE SET last_number = documents_documentseries.last_number + 1
RETURNING last_number INTO NEW.number;
NEW.printed := coalesce(
        (SELECT s.number_prefix FROM storefronts_storefrontsettings s WHERE s.client_id = NEW.client_id), ''
    ) || CASE NEW.kind {_CODES} END || '-' || NEW.year || '-' || lpad(NEW.number::text, greatest(6, length(NEW.number::text)), '0');
RETURN NEW;
"""  # noqa: E501, S608 - of constants

# Locks the order's row as the action has done already, so that what is summed up here stays so.
AGREES = """
SELECT o.client_id, o.currency, o.charged - o.credited AS owed INTO of_order
FROM orders_order o WHERE o.id = NEW.order_id FOR NO KEY UPDATE;
IF (NEW.client_id, NEW.currency) IS DISTINCT FROM (of_order.client_id, of_order.currency) THEN
    RAISE EXCEPTION 'a document has the storefront and the currency of its order'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
IF NEW.shipment_id IS NOT NULL
   AND NEW.order_id IS DISTINCT FROM (SELECT s.order_id FROM shipping_shipment s WHERE s.id = NEW.shipment_id) THEN
    RAISE EXCEPTION 'a slip goes with a shipment of its order' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
SELECT coalesce(sum(d.total), 0) INTO documented FROM documents_document d WHERE d.order_id = NEW.order_id;
IF NEW.kind = 'invoice' AND NEW.total <> of_order.owed - documented THEN
    RAISE EXCEPTION 'an invoice is of all that its order charges, % now, less what is invoiced, %',
        of_order.owed, documented USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
IF NEW.kind = 'credit_note' AND documented + NEW.total < 0 THEN
    RAISE EXCEPTION 'credit notes come to no more than what is invoiced'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
IF NEW.kind = 'credit_note' AND NOT EXISTS (
    SELECT 1 FROM orders_ledgerentry e
    JOIN documents_document i ON i.id = NEW.invoice_id AND i.kind = 'invoice' AND i.order_id = NEW.order_id
    LEFT JOIN orders_refund r ON r.order_id = NEW.order_id AND r.decided_version = e.version
    WHERE e.id = NEW.credit_id AND e.order_id = NEW.order_id AND e.kind = 'credited' AND e.amount = -NEW.total
      AND e.version > i.version AND r.id IS NOT DISTINCT FROM NEW.refund_id
      AND NOT EXISTS (SELECT 1 FROM orders_ledgerentry back WHERE back.reverses_id = e.id)
) THEN
    RAISE EXCEPTION 'a credit note is of what was credited of its order after its invoice, and of the refund of that'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NEW;
"""
