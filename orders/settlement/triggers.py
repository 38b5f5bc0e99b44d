"""The settlement's own rules in the database."""

RESOLVED_ONCE = "OLD.resolution <> 'open'"
"""What is resolved stays as it was."""

# Asked as the transaction ends: until then the lines may still be to come.
PAYOUT_ADDS_UP = """
IF NOT EXISTS (
    SELECT 1 FROM orders_payoutline l WHERE l.payout_id = NEW.id
    HAVING sum(l.amount) = NEW.gross AND sum(l.fee) = NEW.fee
) THEN
    RAISE EXCEPTION 'a payout is the sum of its lines' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""

# A line that came later would change a sum that was proven.
LINES_AT_ONCE = """
IF EXISTS (
    SELECT 1 FROM (SELECT payout_id, count(*) AS lines FROM entered GROUP BY payout_id) added
    WHERE added.lines <> (SELECT count(*) FROM orders_payoutline l WHERE l.payout_id = added.payout_id)
) THEN
    RAISE EXCEPTION 'a payout gets all of its lines at once'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""
