"""How every change of what is in a book already begins: with the lock of its book."""

from __future__ import annotations

import uuid

from core.errors import NotFound, StaleVersion
from core.transactions import step
from trading.models import BookOrder, Instrument


@step
def lock_book(symbol: str) -> Instrument:
    """The instrument under its row lock: the first lock of a trade. Orders may still come. Raises NotFound."""
    instrument = Instrument.objects.select_for_update(no_key=True).filter(symbol=symbol).first()
    if instrument is None:
        raise NotFound(f"There is no book of {symbol}.")
    return instrument


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
