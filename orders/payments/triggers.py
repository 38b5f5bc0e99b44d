"""The money ledger's own rules in the database.

An entry moves the columns of its order and its payment, and nothing else can.
"""

from __future__ import annotations

from collections.abc import Iterable

from orders.payments.statuses import PAYMENT_MONEY
from orders.statuses import ORDER_MONEY


def _sums(money: dict[str, dict[str, int]]) -> str:
    """One sum of the entries for each column: `sum(…) AS column, …`."""
    return ", ".join(f"sum({_signed(kinds)}) AS {column}" for column, kinds in money.items())


def _signed(kinds: dict[str, int]) -> str:
    cases = " ".join(f"WHEN '{kind}' THEN {sign} * amount" for kind, sign in kinds.items())
    return f"CASE kind {cases} ELSE 0 END"


def _added(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{column} = {table}.{column} + delta.{column}" for column in columns)


# Each statement's entries are summed first, so that an order is touched once however many it gets. The action that
# inserts entries holds the lock of their order.
APPLY_ENTRIES = f"""
UPDATE orders_order o SET {_added("o", ORDER_MONEY)}
FROM (SELECT order_id, {_sums(ORDER_MONEY)} FROM entered GROUP BY order_id) delta
WHERE o.id = delta.order_id;
GET DIAGNOSTICS touched = ROW_COUNT;
SELECT count(DISTINCT order_id) AS orders, count(payment_id) AS of_payments INTO named FROM entered;
IF touched <> named.orders THEN
    RAISE EXCEPTION 'a ledger entry names an order that does not exist' USING ERRCODE = 'foreign_key_violation';
END IF;

IF named.of_payments > 0 THEN
    UPDATE orders_payment p SET {_added("p", PAYMENT_MONEY)}
    FROM (
        SELECT payment_id, order_id, {_sums(PAYMENT_MONEY)}
        FROM entered WHERE payment_id IS NOT NULL GROUP BY payment_id, order_id
    ) delta
    WHERE p.id = delta.payment_id AND p.order_id = delta.order_id;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF touched <> (SELECT count(*) FROM (SELECT DISTINCT payment_id, order_id FROM entered) pairs
                   WHERE payment_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a ledger entry names a payment that its order does not have'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
END IF;
RETURN NULL;
"""  # noqa: S608 - of constants alone

MIRROR_THE_REVERSED = """
IF NOT EXISTS (
    SELECT 1 FROM orders_ledgerentry reversed
    WHERE reversed.id = NEW.reverses_id AND reversed.order_id = NEW.order_id AND reversed.kind = NEW.kind
        AND reversed.payment_id IS NOT DISTINCT FROM NEW.payment_id AND reversed.amount = -NEW.amount
) THEN
    RAISE EXCEPTION 'a reversing entry takes back the whole of one entry of its order, kind and payment'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

# Asked as the transaction ends: until then one of the two may be ahead.
STORED_VALUE_AGREES = """
IF EXISTS (
    SELECT 1 FROM orders_payment p
    CROSS JOIN LATERAL (
        SELECT coalesce(-sum(e.amount) FILTER (WHERE e.kind = 'redeem' AND e.stored_value_id = p.stored_value_id), 0)
                   AS redeemed,
               coalesce(sum(e.amount) FILTER (WHERE e.kind = 'give_back'), 0) AS given_back
        FROM stored_value_storedvalueentry e WHERE e.order_id = p.order_id AND e.payment_id = p.id
    ) entries
    WHERE p.id = NEW.id AND (p.captured <> entries.redeemed OR p.refunded <> entries.given_back)
) THEN
    RAISE EXCEPTION 'what a gift card or store credit paid and got back is what its entries say'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""
