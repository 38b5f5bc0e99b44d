"""The books' own rules in the database: a posting balances, is whole from the first, and is of a day that is open."""

from __future__ import annotations

from core.locks import lock_key

DAYS = "books.days"
"""The lock that postings share and that whoever closes a day has alone."""

# A statement inserts all lines of a posting, so that none is added later, be it a balanced pair.
LINES_BALANCE = """
FOR added IN SELECT posting_id, count(*) AS lines, sum(amount) AS amount FROM entered GROUP BY posting_id LOOP
    IF added.amount <> 0 THEN
        RAISE EXCEPTION 'the lines of a posting come to nothing together'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF added.lines <> (SELECT count(*) FROM books_postingline WHERE posting_id = added.posting_id) THEN
        RAISE EXCEPTION 'a posting gets all of its lines at once'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
END LOOP;
RETURN NULL;
"""

# Asked as the transaction ends: until then the lines may still be to come.
HAS_LINES = """
IF NOT EXISTS (SELECT 1 FROM books_postingline WHERE posting_id = NEW.id) THEN
    RAISE EXCEPTION 'a posting has lines' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""

# Who closes a day waits for the postings under way and sees them; whoever posts after that sees that it is closed: the
# second statement of a function sees what was committed while the first one waited.
DAY_IS_OPEN = f"""
PERFORM pg_advisory_xact_lock_shared({lock_key(DAYS)});
SELECT max(before) INTO closed_before FROM books_dayclose;
IF EXISTS (SELECT 1 FROM entered WHERE posted_at < closed_before) THEN
    RAISE EXCEPTION 'the day of a posting is closed' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""  # noqa: S608 - of constants alone
