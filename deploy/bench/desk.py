"""What is bought and sold in a run: one book of each size, all of it one client's, and the requests on them."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from core.actors import Actor
from core.clients import issue_key
from core.models import Client
from trading.models import Instrument
from trading.queries import book_discrepancies

LOWEST_PRICE, LEVELS = 10_000, 10_000

# Half of them on either side; amounts don't go with prices, so that a level has large and small orders.
_FILL = """
INSERT INTO trading_bookorder
    (id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, status, filled,
     entered_amount, entered_price, created_at)
SELECT uuidv7(), 0, %(client)s, %(symbol)s || '-' || n, false, %(instrument)s, (ARRAY['Buy', 'Sell'])[1 + n %% 2],
       amount, price, 'source ' || n %% 5, 'open', 0, amount, price, now()
FROM (
    SELECT n, 1 + (n + n / %(levels)s * 31) * 37 %% 100 AS amount, %(lowest)s + n * 7919::bigint %% %(levels)s AS price
    FROM generate_series(1, %(size)s) n
) made
"""

# What was added goes; a copy of each order that trades have emptied comes in its place, and the rest get back what was
# taken of them.
_RESTORE = """
WITH recent AS (
    SELECT id FROM trading_bookorder WHERE instrument_id = %(instrument)s ORDER BY id DESC LIMIT 50000
), gone AS (
    UPDATE trading_bookorder o SET status = 'removed', closed_at = now()
    FROM recent WHERE o.id = recent.id AND o.ref LIKE 'new-%%' AND o.status IN ('open', 'partially_filled')
), taken AS (
    SELECT DISTINCT f.order_id AS id FROM trading_fill f JOIN trading_trade t ON t.id = f.trade_id
    WHERE t.instrument_id = %(instrument)s AND t.created_at > %(since)s
), filled_up AS (
    UPDATE trading_bookorder o SET amount = o.entered_amount
    FROM taken WHERE o.id = taken.id AND o.status = 'partially_filled' AND o.ref NOT LIKE 'new-%%'
)
INSERT INTO trading_bookorder
    (id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, status,
     filled, entered_amount, entered_price, created_at)
SELECT uuidv7(), 0, client_id, 'again-' || uuidv7(), false, instrument_id, side, entered_amount, price, source, 'open',
       0, entered_amount, entered_price, now()
FROM trading_bookorder o JOIN taken USING (id) WHERE o.status = 'filled' AND o.ref NOT LIKE 'new-%%'
"""


@dataclass
class Book:
    instrument_id: uuid.UUID
    symbol: str
    size: int
    restored_at: dt.datetime

    def restore(self) -> None:
        """Undo what a measurement did to it, so that it keeps its size."""
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(_RESTORE, {"instrument": self.instrument_id, "since": self.restored_at})
        self.restored_at = now


@dataclass(frozen=True)
class Desk:
    client: uuid.UUID
    token: str
    books: list[Book]

    def add(self, book: Book) -> Callable[[], bytes]:
        def request() -> bytes:
            order = {
                "id": f"new-{uuid.uuid4()}",
                "symbol": book.symbol,
                "side": random.choice(("Buy", "Sell")),  # noqa: S311
                "amount": 50,
                "price": LOWEST_PRICE + random.randrange(LEVELS),  # noqa: S311
                "source": "bench",
            }
            return self._post("orders/", order)

        return request

    def get(self, book: Book) -> Callable[[], bytes]:
        def request() -> bytes:
            ref = f"{book.symbol}-{random.randint(1, book.size)}"  # noqa: S311
            return f"GET /api/v1/book/orders/{ref}/ HTTP/1.1\r\n{self._common()}\r\n".encode()

        return request

    def price(self, book: Book) -> Callable[[], bytes]:
        return lambda: self._post(f"{book.symbol}/price/", self._wanted(1000))

    def trade(self, book: Book) -> Callable[[], bytes]:
        return lambda: self._post(f"{book.symbol}/trades/", {**self._wanted(100), "client_ref": str(uuid.uuid4())})

    def _wanted(self, most: int) -> dict[str, Any]:
        return {"side": "Buy", "amount": random.randint(1, most)}  # noqa: S311

    def _post(self, path: str, value: dict[str, Any]) -> bytes:
        body = json.dumps(value).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head = f"POST /api/v1/book/{path} HTTP/1.1\r\n{self._common()}{kind}Idempotency-Key: {uuid.uuid4()}\r\n\r\n"
        return head.encode() + body

    def _common(self) -> str:
        return f"Host: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"


def open_desk(sizes: tuple[int, ...]) -> Desk:
    """The books, full, and the functions of the limit."""
    client = Client.objects.create(name="desk")
    _, token = issue_key(client.pk, scopes=["book:read", "book:write", "book:trade"], actor=Actor.system("bench"))
    books = [_open_book(client.pk, size) for size in sizes]
    with connection.cursor() as cursor:
        cursor.execute((Path(__file__).parent / "book.sql").read_text())
    return Desk(client.pk, token, books)


def _open_book(client_id: uuid.UUID, size: int) -> Book:
    instrument = Instrument.objects.create(symbol=f"B{size}", currency="USD")
    values: dict[str, uuid.UUID | str | int] = {
        "client": client_id,
        "symbol": instrument.symbol,
        "instrument": instrument.pk,
        "lowest": LOWEST_PRICE,
        "levels": LEVELS,
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
    return Book(instrument.pk, instrument.symbol, size, timezone.now())


def confirm_books() -> str:
    """What was verified, in words. Raises AssertionError."""
    found = list(book_discrepancies())
    if found:
        raise AssertionError("; ".join(found))
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM trading_bookorder), (SELECT count(*) FROM trading_trade)")
        orders, trades = cursor.fetchone()
    return f"{orders:,} book orders and {trades:,} trades, 0 units off"
