"""The best price for an amount: the walk along one side of a book, and what it comes to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db import connection

from core.errors import NotFound
from trading.errors import BookTooThin
from trading.models import BookOrder

_COLUMNS = ("id", "version", "client_id", "ref", "ref_is_number", "amount", "price", "source", "status", "filled")
"""In the order of the model's fields, which from_db() goes by."""

_OWN = ", ".join(f"o.{column}" for column in _COLUMNS)

# Each step is one probe of the index book_order_walk, which has the orders in their order: nothing is sorted, and
# nothing is read beyond the order that fills the rest. The first row tells of the book itself, fills or none.
_WALK = f"""
WITH RECURSIVE book AS MATERIALIZED (
    SELECT i.id, i.symbol, i.currency, (
        SELECT coalesce(sum(t.amount), 0)::bigint FROM trading_sidetotal t WHERE t.instrument_id = i.id AND t.side = %s
    ) AS available
    FROM trading_instrument i WHERE i.symbol = %s
), walk AS (
    SELECT 1 AS position, first.*, first.amount AS reached
    FROM book CROSS JOIN LATERAL (
        SELECT o.instrument_id, o.side, o.rank, o.queue, {_OWN} FROM trading_bookorder o
        WHERE o.instrument_id = book.id AND o.side = %s AND o.status IN ('open', 'partially_filled')
        ORDER BY o.rank, o.queue LIMIT 1
    ) first
    WHERE book.available >= %s
    UNION ALL
    SELECT walk.position + 1, next.*, walk.reached + next.amount
    FROM walk CROSS JOIN LATERAL (
        SELECT o.instrument_id, o.side, o.rank, o.queue, {_OWN} FROM trading_bookorder o
        WHERE o.instrument_id = walk.instrument_id AND o.side = walk.side
            AND o.status IN ('open', 'partially_filled') AND (o.rank, o.queue) > (walk.rank, walk.queue)
        ORDER BY o.rank, o.queue LIMIT 1
    ) next
    WHERE walk.reached < %s
)
SELECT book.id, book.symbol, book.currency, book.available, {_OWN}
FROM book LEFT JOIN walk o ON true ORDER BY o.position
"""  # noqa: S608 - of constants alone


@dataclass(frozen=True)
class Take:
    """What a walk takes from one order: all of it, except perhaps from the last."""

    order: BookOrder
    amount: int

    @property
    def total(self) -> int:
        return self.amount * self.order.price


@dataclass(frozen=True)
class Average:
    """An average price. `price` is rounded half up to a minor unit, and price × amount + remainder is the total."""

    price: int
    remainder: int
    exact: Fraction

    @classmethod
    def of(cls, total: int, amount: int) -> Average:
        price = (2 * total + amount) // (2 * amount)
        return cls(price, total - price * amount, Fraction(total, amount))


@dataclass(frozen=True)
class Walk:
    """An amount of one side of a book at its best price, as the database has it at one instant.

    `available` is all that the side has.
    """

    instrument_id: uuid.UUID
    symbol: str
    currency: str
    side: str
    amount: int
    available: int
    takes: list[Take]

    @cached_property
    def total(self) -> int:
        return sum(take.total for take in self.takes)

    @property
    def average(self) -> Average:
        return Average.of(self.total, self.amount)


def walk_book(symbol: str, side: str, amount: int) -> Walk:
    """Walk orders labelled Buy from the lowest price, or those labelled Sell from the highest; first come first
    served at one price. One statement.

    Raises NotFound for an unknown symbol, BookTooThin.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WALK, [side, symbol, side, amount, amount])
        rows = cursor.fetchall()
    if not rows:
        raise NotFound(f"There is no book of {symbol}.")
    instrument_id, symbol, currency, available = rows[0][:4]
    if available < amount:
        raise BookTooThin(symbol, side, asked=amount, available=available)
    return Walk(instrument_id, symbol, currency, side, amount, available, _takes(rows, amount))


def _takes(rows: list[tuple[Any, ...]], wanted: int) -> list[Take]:
    takes = []
    for row in rows:
        order = BookOrder.from_db(None, _COLUMNS, row[4:])
        takes.append(Take(order, min(order.amount, wanted)))
        wanted -= takes[-1].amount
    return takes
