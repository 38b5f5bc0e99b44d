"""What the feed reads: every watched book, and the trades it hasn't seen yet, in one statement."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

Levels = dict[int, tuple[int, int]]
"""Price → (amount, orders), the best price first."""

Sides = dict[str, Levels]

MOST_TRADES = 1000
"""Trades of a book that are kept for those who come back or are slow."""

MOST_FILLS = 100
"""Fills that are told of one trade, which may have as many as units."""

_LEVELS = """
    SELECT json_agg(json_build_array(abs(l.rank), l.amount, l.orders) ORDER BY l.rank)::text FROM (
        SELECT rank, amount, orders FROM trading_pricelevel
        WHERE instrument_id = watched.id AND side = '{side}' ORDER BY rank LIMIT {depth}
    ) l
"""
# The limits are part of the text: of a parameter the planner would guess a tenth of the book, and might sort it.
_READ = f"""
SELECT watched.id, ({{buy}}), ({{sell}}), (
    SELECT json_agg(json_build_array(t.sequence, t.side, t.amount, t.total, t.created_at, (
        SELECT json_agg(json_build_array(f.amount, f.price) ORDER BY f.position) FROM (
            SELECT position, amount, price FROM trading_fill
            WHERE trade_id = t.id ORDER BY position LIMIT {MOST_FILLS}
        ) f
    ), (SELECT max(position) FROM trading_fill WHERE trade_id = t.id)) ORDER BY t.sequence)::text
    FROM (
        SELECT * FROM trading_trade
        WHERE instrument_id = watched.id AND sequence > watched.newest
        ORDER BY sequence DESC LIMIT {MOST_TRADES + 1}
    ) t
)
FROM unnest(%s::uuid[], %s::bigint[]) AS watched (id, newest)
"""  # noqa: S608 - of constants alone


@dataclass(frozen=True)
class SeenTrade:
    """A trade as everybody may see it. `fills`: (amount, price) of those that were taken first."""

    sequence: int
    side: str
    amount: int
    total: int
    created_at: dt.datetime
    fills: list[tuple[int, int]]
    further_fills: int


@dataclass(frozen=True)
class Sight:
    """One book at one instant, and its newest trades of those not seen before, in the order of their sequence.

    Up to MOST_TRADES + 1: the one too many says that there are more before it.
    """

    sides: Sides
    trades: list[SeenTrade]


def read_books(newest: dict[uuid.UUID, int], *, depth: int) -> dict[uuid.UUID, Sight]:
    """Each watched book. `newest`: instrument → the sequence of its newest trade that was seen, 0 for none.

    Asking for what is newer than the newest misses nothing: a trade takes its sequence from the instrument under the
    book's lock and keeps that lock until it commits, so whoever sees a trade sees all that have a smaller one.
    """
    statement = _READ.format(buy=_levels("Buy", depth), sell=_levels("Sell", depth))
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(newest), list(newest.values())])
        rows = cursor.fetchall()
    return {
        instrument_id: Sight({"Buy": _parsed(buy), "Sell": _parsed(sell)}, [_seen(*row) for row in _rows(trades)])
        for instrument_id, buy, sell, trades in rows
    }


def _levels(side: str, depth: int) -> str:
    return _LEVELS.format(side=side, depth=int(depth))


def _rows(text: str | None) -> list[list[Any]]:
    rows: list[list[Any]] = orjson.loads(text) if text else []
    return rows


def _parsed(text: str | None) -> Levels:
    return {price: (amount, orders) for price, amount, orders in _rows(text)}


def _seen(
    sequence: int, side: str, amount: int, total: int, created_at: str, fills: list[list[int]], count: int
) -> SeenTrade:
    told = [(taken, price) for taken, price in fills]
    moment = dt.datetime.fromisoformat(created_at)
    return SeenTrade(sequence, side, amount, total, moment, told, further_fills=count - len(told))
