"""The books' own rules in the database: a posting balances, and is whole from the first."""

# A statement inserts all lines of a posting, so that none is added later, be it a balanced pair.
LINES_BALANCE = """
IF EXISTS (SELECT 1 FROM entered GROUP BY posting_id HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'the lines of a posting come to nothing together'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
IF EXISTS (
    SELECT 1 FROM (SELECT posting_id, count(*) AS lines FROM entered GROUP BY posting_id) added
    WHERE added.lines <> (SELECT count(*) FROM books_postingline l WHERE l.posting_id = added.posting_id)
) THEN
    RAISE EXCEPTION 'a posting gets all of its lines at once'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""

# Asked as the transaction ends: until then the lines may still be to come.
HAS_LINES = """
IF NOT EXISTS (SELECT 1 FROM books_postingline WHERE posting_id = NEW.id) THEN
    RAISE EXCEPTION 'a posting has lines' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END IF;
RETURN NULL;
"""
