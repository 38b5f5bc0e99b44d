"""Whether the book adds up: the first things that don't, if any, and never a repair."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

# Each finds what breaks one rule: a name and a line of what is there beside what should be.
_CHECKS = {
    "order": """
        SELECT o.ref, format('%s filled, %s in its fills', o.filled, coalesce(f.amount, 0))
        FROM trading_bookorder o
        LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM trading_fill GROUP BY order_id) f ON f.order_id = o.id
        WHERE o.filled <> coalesce(f.amount, 0) LIMIT 10
    """,
    "trade": """
        SELECT t.id::text, format('%s for %s, %s for %s in its fills', t.amount, t.total, f.amount, f.total)
        FROM trading_trade t
        LEFT JOIN (
            SELECT trade_id, sum(amount) AS amount, sum(amount * price) AS total FROM trading_fill GROUP BY trade_id
        ) f ON f.trade_id = t.id
        WHERE (t.amount, t.total) IS DISTINCT FROM (f.amount, f.total) LIMIT 10
    """,
    "level": """
        SELECT format('%s %s %s', instrument_id, side, abs(rank)), format('%s in %s orders, %s in %s in the book',
               l.amount, l.orders, coalesce(o.amount, 0), coalesce(o.orders, 0))
        FROM trading_pricelevel l FULL JOIN (
            SELECT instrument_id, side, rank, sum(amount) AS amount, count(*) AS orders FROM trading_bookorder
            WHERE status IN ('open', 'partially_filled') GROUP BY instrument_id, side, rank
        ) o USING (instrument_id, side, rank)
        WHERE (l.amount, l.orders) IS DISTINCT FROM (o.amount, o.orders) LIMIT 10
    """,
    "side": """
        SELECT format('%s %s', instrument_id, side), format('%s in all, %s in its levels', t.amount, l.amount)
        FROM (SELECT instrument_id, side, sum(amount) AS amount FROM trading_sidetotal GROUP BY instrument_id, side) t
        FULL JOIN (
            SELECT instrument_id, side, sum(amount) AS amount FROM trading_pricelevel GROUP BY instrument_id, side
        ) l USING (instrument_id, side)
        WHERE coalesce(t.amount, 0) <> coalesce(l.amount, 0) LIMIT 10
    """,
}


def book_discrepancies() -> Iterator[str]:
    """Up to ten lines for each rule that something breaks; none when the book adds up."""
    with connection.cursor() as cursor:
        for noun, statement in _CHECKS.items():
            cursor.execute(statement)
            yield from (f"{noun} {name}: {said}" for name, said in cursor.fetchall())
