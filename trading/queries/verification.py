"""Whether the book adds up: the first things that don't, if any, and never a repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

# Each finds what breaks one rule, ten rows at most: a name, a line of what is there beside what should be, and how many
# units and minor units of money all that break it are off by.
_CHECKS = {
    "order": """
        SELECT o.ref, format('%s filled, %s in its fills', o.filled, coalesce(f.amount, 0)),
               sum(abs(o.filled - coalesce(f.amount, 0))) OVER (), 0
        FROM trading_bookorder o
        LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM trading_fill GROUP BY order_id) f ON f.order_id = o.id
        WHERE o.filled <> coalesce(f.amount, 0) LIMIT 10
    """,
    "trade": """
        SELECT t.id::text, format('%s for %s, %s for %s in its fills', t.amount, t.total, coalesce(f.amount, 0),
                                  coalesce(f.total, 0)),
               sum(abs(t.amount - coalesce(f.amount, 0))) OVER (), sum(abs(t.total - coalesce(f.total, 0))) OVER ()
        FROM trading_trade t
        LEFT JOIN (
            SELECT trade_id, sum(amount) AS amount, sum(amount * price) AS total FROM trading_fill GROUP BY trade_id
        ) f ON f.trade_id = t.id
        WHERE (t.amount, t.total) IS DISTINCT FROM (f.amount, f.total) LIMIT 10
    """,
    "level": """
        SELECT format('%s %s %s', instrument_id, side, abs(rank)), format('%s in %s orders, %s in %s in the book',
                   coalesce(l.amount, 0), coalesce(l.orders, 0), coalesce(o.amount, 0), coalesce(o.orders, 0)),
               sum(abs(coalesce(l.amount, 0) - coalesce(o.amount, 0))) OVER (), 0
        FROM trading_pricelevel l FULL JOIN (
            SELECT instrument_id, side, rank, sum(amount) AS amount, count(*) AS orders FROM trading_bookorder
            WHERE status IN ('open', 'partially_filled') GROUP BY instrument_id, side, rank
        ) o USING (instrument_id, side, rank)
        WHERE (l.amount, l.orders) IS DISTINCT FROM (o.amount, o.orders) LIMIT 10
    """,
    "side": """
        SELECT format('%s %s', instrument_id, side), format('%s in all, %s in its levels', coalesce(t.amount, 0),
                                                            coalesce(l.amount, 0)),
               sum(abs(coalesce(t.amount, 0) - coalesce(l.amount, 0))) OVER (), 0
        FROM (SELECT instrument_id, side, sum(amount) AS amount FROM trading_sidetotal GROUP BY instrument_id, side) t
        FULL JOIN (
            SELECT instrument_id, side, sum(amount) AS amount FROM trading_pricelevel GROUP BY instrument_id, side
        ) l USING (instrument_id, side)
        WHERE coalesce(t.amount, 0) <> coalesce(l.amount, 0) LIMIT 10
    """,
}


RULES = len(_CHECKS)


@dataclass
class BookTally:
    """What a check of all books has found so far. `lines` has up to ten for each rule that something breaks."""

    orders: int = 0
    trades: int = 0
    rules: int = 0
    units_off: int = 0
    cents_off: int = 0
    lines: list[str] = field(default_factory=list)


def verify_book() -> Iterator[BookTally]:
    """One tally that grows with every rule checked. Reads every order, fill and trade there is."""
    tally = BookTally()
    with connection.cursor() as cursor:
        for noun, statement in _CHECKS.items():
            yield tally
            cursor.execute(statement)
            found = cursor.fetchall()
            tally.lines += [f"{noun} {name}: {said}" for name, said, _, _ in found]
            tally.units_off += sum(units for _, _, units, _ in found[:1])
            tally.cents_off += sum(cents for _, _, _, cents in found[:1])
            tally.rules += 1
        cursor.execute("SELECT (SELECT count(*) FROM trading_bookorder), (SELECT count(*) FROM trading_trade)")
        tally.orders, tally.trades = cursor.fetchone()
    yield tally


def book_discrepancies() -> Iterator[str]:
    """Up to ten lines for each rule that something breaks; none when the book adds up."""
    *_, tally = verify_book()
    yield from tally.lines
