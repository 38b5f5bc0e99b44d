"""The book, its orders and its trades, as the API and the console read them."""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model, QuerySet

from core.errors import NotFound
from core.models import Event
from trading.models import BookImport, BookOrder, Fill, Instrument, PriceLevel, Trade
from trading.querysets import BookOrderQuerySet
from trading.statuses import Side


@dataclass(frozen=True)
class Book:
    """Both sides of a book by price level, the best first."""

    instrument: Instrument
    buy: list[PriceLevel]
    sell: list[PriceLevel]


def find_instrument(symbol: str) -> Instrument:
    """Raises NotFound."""
    instrument = Instrument.objects.filter(symbol=symbol).first()
    if instrument is None:
        raise NotFound(f"There is no book of {symbol}.")
    return instrument


def read_book(symbol: str, *, depth: int) -> Book:
    """The `depth` best levels of each side. Two statements, however many orders there are. Raises NotFound."""
    instrument = find_instrument(symbol)
    levels = PriceLevel.objects.filter(instrument=instrument)
    best = levels.best(side=Side.BUY, depth=depth).union(levels.best(side=Side.SELL, depth=depth), all=True)
    found = sorted(best, key=lambda level: level.rank)
    return Book(
        instrument,
        buy=[level for level in found if level.side == Side.BUY],
        sell=[level for level in found if level.side == Side.SELL],
    )


def orders_of(client_id: uuid.UUID) -> BookOrderQuerySet:
    return BookOrder.objects.filter(client_id=client_id).select_related("instrument")


def find_order(client_id: uuid.UUID, ref: str) -> BookOrder:
    """The client's order of that id, in the book or out of it. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_find_order(), [client_id, ref])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such order in the book.")
    of_order = len(_columns(BookOrder))
    order = BookOrder.from_db(None, _columns(BookOrder), row[:of_order])
    order.instrument = Instrument.from_db(None, _columns(Instrument), row[of_order:])
    return order


@functools.cache
def _find_order() -> str:
    """In SQL, because it is the book's most frequent question: the ORM takes three times as long to say the same."""
    columns = [f"o.{name}" for name in _columns(BookOrder)] + [f"i.{name}" for name in _columns(Instrument)]
    return f"""
        SELECT {", ".join(columns)} FROM trading_bookorder o JOIN trading_instrument i ON i.id = o.instrument_id
        WHERE o.client_id = %s AND o.ref = %s
    """  # noqa: S608 - of constants alone


@functools.cache
def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def trades_of(client_id: uuid.UUID) -> QuerySet[Trade]:
    return Trade.objects.filter(client_id=client_id).select_related("instrument")


def find_trade(client_id: uuid.UUID, trade_id: uuid.UUID) -> Trade:
    """Raises NotFound."""
    trade = trades_of(client_id).filter(pk=trade_id).first()
    if trade is None:
        raise NotFound("There is no such trade.")
    return trade


def fills_of(trade_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Fill]]:
    """The fills of each trade with their orders, in the order in which they were taken. One statement."""
    fills: dict[uuid.UUID, list[Fill]] = {trade_id: [] for trade_id in trade_ids}
    for fill in Fill.objects.filter(trade_id__in=trade_ids).select_related("order").order_by("trade", "position"):
        fills[fill.trade_id].append(fill)
    return fills


def history_of(order: BookOrder) -> QuerySet[Event]:
    """What happened to the order since it came: who, when, from what to what."""
    return Event.objects.filter(subject_type=BookOrder.subject_type, subject_id=order.pk)


def imports_of(client_id: uuid.UUID) -> QuerySet[BookImport]:
    return BookImport.objects.filter(client_id=client_id)


def find_import(client_id: uuid.UUID, import_id: uuid.UUID) -> BookImport:
    """Raises NotFound."""
    found = imports_of(client_id).filter(pk=import_id).first()
    if found is None:
        raise NotFound("There is no such import.")
    return found
