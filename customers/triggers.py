"""What the database refuses of customers, whoever writes."""

from __future__ import annotations

from core.locks import lock_key
from core.triggers import BY_HAND

CREDIT = "customers.credit"
"""The lock that orders on account share as they are counted, and that whoever opens a credit account has alone."""

REFUSE_FOREIGN_GROUP = """
IF (SELECT client_id FROM customers_customer WHERE id = NEW.customer_id)
    IS DISTINCT FROM (SELECT client_id FROM customers_customergroup WHERE id = NEW.group_id) THEN
    RAISE EXCEPTION 'customer % and group % are of two storefronts', NEW.customer_id, NEW.group_id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

REFUSE_FOREIGN_CUSTOMER = """
IF NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = NEW.customer_id AND c.client_id = NEW.client_id) THEN
    RAISE EXCEPTION 'a credit account is of a customer of its storefront' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

# Whoever opens an account waits for the orders that are being counted, and sees them; an order that is counted after
# that sees the account: the second statement of a function sees what was committed while the first one waited. What is
# owed is a matter of the orders, whose room brings that function with it.
OPEN_WITH_WHAT_IS_OWED = f"""
PERFORM pg_advisory_xact_lock({lock_key(CREDIT)});
SELECT orders_owed(NEW.customer_id, NEW.currency) INTO NEW.owed;
RETURN NEW;
"""

REFUSE_OWED_BY_HAND = """
RAISE EXCEPTION 'what a customer owes moves only with their orders on account' USING ERRCODE = 'restrict_violation';
"""

OWED_BY_HAND = f"{BY_HAND} AND OLD.owed IS DISTINCT FROM NEW.owed"
