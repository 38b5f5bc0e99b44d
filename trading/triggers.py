"""The book's own rules in the database: a fill takes from its order, a level moves with its orders, nothing else can.

Rows of one table are always locked in the order of their key, levels before totals, so that no two writers wait for
each other.
"""

# One row per level, however many orders came: the rows of an import are summed before any level is touched.
COUNT_NEW_ORDERS = """
INSERT INTO trading_pricelevel AS level (instrument_id, side, rank, amount, orders)
SELECT instrument_id, side, rank, sum(amount), count(*) FROM came
GROUP BY instrument_id, side, rank ORDER BY instrument_id, side, rank
ON CONFLICT (instrument_id, side, rank)
DO UPDATE SET amount = level.amount + excluded.amount, orders = level.orders + excluded.orders;

INSERT INTO trading_sidetotal AS total (instrument_id, side, shard, amount)
SELECT instrument_id, side, pg_backend_pid() % 16, sum(amount) FROM came
GROUP BY instrument_id, side ORDER BY instrument_id, side
ON CONFLICT (instrument_id, side, shard) DO UPDATE SET amount = total.amount + excluded.amount;
RETURN NULL;
"""

_IN_THE_BOOK = "status IN ('open', 'partially_filled')"

# A level is looked for first, because the row that an upsert proposes must satisfy the level's constraints by itself,
# and a difference needn't.
COUNT_CHANGED_ORDERS = f"""
FOR delta IN
    SELECT instrument_id, side, rank, sum(amount) AS amount, sum(orders) AS orders
    FROM (
        SELECT instrument_id, side, rank, -amount AS amount, -1 AS orders FROM was WHERE {_IN_THE_BOOK}
        UNION ALL
        SELECT instrument_id, side, rank, amount, 1 FROM becomes WHERE {_IN_THE_BOOK}
    ) moved
    GROUP BY instrument_id, side, rank HAVING sum(amount) <> 0 OR sum(orders) <> 0
    ORDER BY instrument_id, side, rank
LOOP
    UPDATE trading_pricelevel level
    SET amount = level.amount + delta.amount, orders = level.orders + delta.orders
    WHERE level.instrument_id = delta.instrument_id AND level.side = delta.side AND level.rank = delta.rank;
    IF NOT FOUND THEN
        INSERT INTO trading_pricelevel AS level (instrument_id, side, rank, amount, orders)
        VALUES (delta.instrument_id, delta.side, delta.rank, delta.amount, delta.orders)
        ON CONFLICT (instrument_id, side, rank)
        DO UPDATE SET amount = level.amount + excluded.amount, orders = level.orders + excluded.orders;
    ELSIF delta.orders < 0 THEN
        DELETE FROM trading_pricelevel level
        WHERE level.instrument_id = delta.instrument_id AND level.side = delta.side AND level.rank = delta.rank
            AND level.orders = 0;
    END IF;
END LOOP;

INSERT INTO trading_sidetotal AS total (instrument_id, side, shard, amount)
SELECT instrument_id, side, pg_backend_pid() % 16, sum(amount)
FROM (
    SELECT instrument_id, side, -amount AS amount FROM was WHERE {_IN_THE_BOOK}
    UNION ALL
    SELECT instrument_id, side, amount FROM becomes WHERE {_IN_THE_BOOK}
) moved
GROUP BY instrument_id, side HAVING sum(amount) <> 0 ORDER BY instrument_id, side
ON CONFLICT (instrument_id, side, shard) DO UPDATE SET amount = total.amount + excluded.amount;
RETURN NULL;
"""  # noqa: S608 - of constants alone

APPLY_FILLS = f"""
IF EXISTS (
    SELECT 1 FROM taken
    JOIN trading_trade trade ON trade.id = taken.trade_id
    JOIN trading_bookorder book ON book.id = taken.order_id
    WHERE book.instrument_id <> trade.instrument_id OR book.side <> trade.side OR book.price <> taken.price
        OR book.{_IN_THE_BOOK} IS NOT TRUE
) THEN
    RAISE EXCEPTION 'a fill takes from an order of another book, at another price, or that is out of the book'
        USING ERRCODE = 'check_violation';
END IF;

UPDATE trading_bookorder book
SET amount = book.amount - taken.amount,
    filled = book.filled + taken.amount,
    status = CASE WHEN book.amount = taken.amount THEN 'filled' ELSE 'partially_filled' END,
    closed_at = CASE WHEN book.amount = taken.amount THEN now() END,
    version = book.version + 1
FROM taken WHERE book.id = taken.order_id;
GET DIAGNOSTICS touched = ROW_COUNT;
IF touched <> (SELECT count(*) FROM taken) THEN
    RAISE EXCEPTION 'a statement fills an order twice, or one that does not exist' USING ERRCODE = 'check_violation';
END IF;

IF EXISTS (
    SELECT 1 FROM trading_trade trade
    CROSS JOIN LATERAL (
        SELECT sum(fill.amount) AS amount, sum(fill.amount * fill.price) AS total
        FROM trading_fill fill WHERE fill.trade_id = trade.id
    ) sums
    WHERE trade.id IN (SELECT trade_id FROM taken) AND (trade.amount, trade.total) <> (sums.amount, sums.total)
) THEN
    RAISE EXCEPTION 'the fills of a trade do not add up to it' USING ERRCODE = 'check_violation';
END IF;

UPDATE trading_instrument instrument SET version = trade.sequence
FROM trading_trade trade
WHERE trade.id IN (SELECT trade_id FROM taken) AND instrument.id = trade.instrument_id
    AND instrument.version = trade.sequence - 1;
GET DIAGNOSTICS touched = ROW_COUNT;
IF touched <> (SELECT count(*) FROM trading_trade WHERE id IN (SELECT trade_id FROM taken)) THEN
    RAISE EXCEPTION 'a trade does not follow the last event of its instrument' USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""  # noqa: S608 - of constants alone

# At commit, because a trade stands before its fills can; that those it has add up to it is APPLY_FILLS's to say.
REQUIRE_FILLS = """
IF NOT EXISTS (SELECT 1 FROM trading_fill fill WHERE fill.trade_id = NEW.id) THEN
    RAISE EXCEPTION 'trade % has no fills', NEW.id USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""

REFUSE_DIRECT_WRITE = """
RAISE EXCEPTION '% changes only with the orders and fills it sums up', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
"""
