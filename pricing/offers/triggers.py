"""What the database holds true of offers and their uses.

A use moves the counters of its offer, its code and its buyer, and nothing else can.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.triggers import BY_HAND

ARE_AMOUNTS = """
CREATE OR REPLACE FUNCTION pricing_are_amounts(amounts jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(amounts) <> 'object' THEN false ELSE NOT EXISTS (
        SELECT 1 FROM jsonb_each(amounts) AS each (currency, amount)
        WHERE currency !~ '^[A-Z]{3}$' OR CASE WHEN jsonb_typeof(amount) = 'number' THEN
            amount::numeric <> trunc(amount::numeric) OR amount::numeric NOT BETWEEN 1 AND 1000000000000000
            ELSE true END
    ) END
$$
"""
"""For a CHECK: minor units by currency, each above nothing and at most core.money.MAX_MINOR."""

REFUSE_DIRECT_WRITE = """
RAISE EXCEPTION '% changes only by inserting a use of an offer', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
"""

COUNT_FROM_NOTHING = """
INSERT INTO pricing_offercount (offer_id, used, at_most, at_most_each)
VALUES (NEW.id, 0, NEW.total_limit, NEW.limit_per_customer);
RETURN NULL;
"""

# The row of the count is what uses wait for, so a limit that changes waits for them and they for it.
TELL_THE_COUNT_ITS_LIMITS = """
UPDATE pricing_offercount SET at_most = NEW.total_limit, at_most_each = NEW.limit_per_customer
WHERE offer_id = NEW.id;
RETURN NULL;
"""

CODE_FITS_ITS_OFFER = """
IF NOT EXISTS (
    SELECT 1 FROM pricing_offer o WHERE o.id = NEW.offer_id AND o.client_id = NEW.client_id AND NOT o.automatic
) THEN
    RAISE EXCEPTION 'a code is of an offer of its storefront that is asked for by code'
        USING ERRCODE = 'foreign_key_violation';
END IF;
RETURN NEW;
"""

# Turns of an order with an offer: 1 uses it, 2 gives it back, 3 uses it again. With the UNIQUE of them an order has an
# offer once at most, and gives back what it has, whoever inserts.
USE_FOLLOWS_THE_ONE_BEFORE = """
IF NOT EXISTS (
    SELECT 1 FROM pricing_offer o LEFT JOIN pricing_offercode c ON c.id = NEW.code_id
    WHERE o.id = NEW.offer_id AND o.client_id = NEW.client_id AND o.automatic = (NEW.code_id IS NULL)
        AND (NEW.code_id IS NULL OR c.offer_id = o.id)
) THEN
    RAISE EXCEPTION 'a use is of an offer of its storefront, by one of its codes unless it is automatic'
        USING ERRCODE = 'foreign_key_violation';
END IF;
IF NEW.turn > 1 AND NOT EXISTS (
    SELECT 1 FROM pricing_offeruse before
    WHERE before.order_id = NEW.order_id AND before.offer_id = NEW.offer_id AND before.turn = NEW.turn - 1
        AND (NEW.change > 0
             OR (before.buyer_key = NEW.buyer_key AND before.code_id IS NOT DISTINCT FROM NEW.code_id))
) THEN
    RAISE EXCEPTION 'an order gives back an offer as it used it, and uses it again only after that'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

# Counts are locked by key before anything is asked of them, so that uses of several offers never deadlock; what is
# counted of a code or a buyer waits behind the count of their offer. Each statement in here sees what was committed
# while it waited.
COUNT_USES = """
PERFORM 1 FROM pricing_offercount count
WHERE count.offer_id IN (SELECT offer_id FROM entered) ORDER BY count.offer_id FOR UPDATE;

SELECT offer_id, reached INTO refused FROM (
    SELECT delta.offer_id, 'offer' AS reached
    FROM (SELECT offer_id, sum(change) AS change FROM entered GROUP BY offer_id) delta
    JOIN pricing_offercount count USING (offer_id)
    WHERE delta.change > 0 AND count.used + delta.change > count.at_most
    UNION ALL
    SELECT code.offer_id, 'code'
    FROM (SELECT code_id, sum(change) AS change FROM entered GROUP BY code_id) delta
    JOIN pricing_offercode code ON code.id = delta.code_id
    WHERE delta.change > 0 AND code.used + delta.change > code.use_limit
    UNION ALL
    SELECT delta.offer_id, 'customer'
    FROM (SELECT offer_id, buyer_key, sum(change) AS change FROM entered GROUP BY offer_id, buyer_key) delta
    JOIN pricing_offercount count USING (offer_id)
    LEFT JOIN pricing_offerbuyercount buyer USING (offer_id, buyer_key)
    WHERE delta.change > 0 AND coalesce(buyer.used, 0) + delta.change > count.at_most_each
) found ORDER BY offer_id, reached LIMIT 1;
IF FOUND THEN
    RAISE EXCEPTION 'an offer is used up' USING
        ERRCODE = 'check_violation', CONSTRAINT = 'offer_used_up',
        DETAIL = refused.offer_id || ' ' || refused.reached;
END IF;

UPDATE pricing_offercount count SET used = count.used + delta.change
FROM (SELECT offer_id, sum(change) AS change FROM entered GROUP BY offer_id) delta
WHERE count.offer_id = delta.offer_id;

UPDATE pricing_offercode code SET used = code.used + delta.change
FROM (SELECT code_id, sum(change) AS change FROM entered WHERE code_id IS NOT NULL GROUP BY code_id) delta
WHERE code.id = delta.code_id;

INSERT INTO pricing_offerbuyercount (offer_id, buyer_key, used)
SELECT DISTINCT offer_id, buyer_key, 0 FROM entered
ON CONFLICT (offer_id, buyer_key) DO NOTHING;
UPDATE pricing_offerbuyercount buyer SET used = buyer.used + delta.change
FROM (SELECT offer_id, buyer_key, sum(change) AS change FROM entered GROUP BY offer_id, buyer_key) delta
WHERE buyer.offer_id = delta.offer_id AND buyer.buyer_key = delta.buyer_key;
RETURN NULL;
"""

USED_UP = "offer_used_up"
"""The name under which COUNT_USES refuses; its detail is the offer's id and whose limit is reached."""


def moved_by_hand(columns: Iterable[str]) -> str:
    """The condition of a trigger that refuses an UPDATE of the columns unless a trigger makes it."""
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return f"{BY_HAND} AND ({differs})"
