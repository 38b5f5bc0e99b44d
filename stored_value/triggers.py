"""The value ledger's own rules in the database: an entry moves the balance, and nothing else can."""

from core.triggers import BY_HAND

# Each statement's entries are summed first. The action that inserts entries holds the lock of their row.
APPLY_ENTRIES = """
UPDATE stored_value_storedvalue s SET balance = s.balance + delta.amount
FROM (SELECT stored_value_id, client_id, sum(amount) AS amount FROM entered GROUP BY stored_value_id, client_id) delta
WHERE s.id = delta.stored_value_id AND s.client_id = delta.client_id;
GET DIAGNOSTICS touched = ROW_COUNT;
IF touched <> (SELECT count(*) FROM (SELECT DISTINCT stored_value_id, client_id FROM entered) pairs) THEN
    RAISE EXCEPTION 'an entry names stored value that its storefront does not have'
        USING ERRCODE = 'foreign_key_violation';
END IF;
RETURN NULL;
"""

REFUSE_DIRECT_WRITE = """
RAISE EXCEPTION 'a balance moves only by inserting an entry' USING ERRCODE = 'restrict_violation';
"""

CHANGED_BY_HAND = f"{BY_HAND} AND OLD.balance IS DISTINCT FROM NEW.balance"

CUSTOMER_OF_STOREFRONT = """
IF NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = NEW.customer_id AND c.client_id = NEW.client_id) THEN
    RAISE EXCEPTION 'store credit is of a customer of its storefront' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
