"""How every change of what is in a book already begins: with the lock of its book."""

from __future__ import annotations

import uuid

from django.db import connection

from core.errors import NotFound, StaleVersion
from core.transactions import step
from trading.models import BookOrder, Instrument

_FIELDS = ("id", "version", "symbol", "currency", "sku", "created_at")
_LOCK = f"SELECT {', '.join(_FIELDS)} FROM trading_instrument WHERE symbol = %s FOR NO KEY UPDATE"  # noqa: S608
"""In SQL, because every trade pays for it: building the same query with the ORM takes longer than running it."""


@step
def lock_book(symbol: str) -> Instrument:
    """The instrument under its row lock: the first lock of a trade. Orders may still come. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [symbol])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no book of {symbol}.")
    return Instrument.from_db(None, _FIELDS, row)


@step
def lock_order(client_id: uuid.UUID, ref: str, *, expected_version: int | None = None) -> BookOrder:
    """The client's order under the lock of its book.

    Which book it is in never changes, so that much is read first, without a lock. Raises NotFound, StaleVersion.
    """
    of_client = BookOrder.objects.filter(client_id=client_id, ref=ref)
    symbol = of_client.values_list("instrument__symbol", flat=True).first()
    if symbol is None:
        raise NotFound("There is no such order in the book.")
    instrument = lock_book(symbol)
    order = of_client.get()
    order.instrument = instrument
    if expected_version is not None and expected_version != order.version:
        raise StaleVersion(expected=expected_version, actual=order.version)
    return order
