"""The book, its orders and its trades as JSON values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from core.models import Event
from trading.models import BookOrder, Fill, Instrument, Load, PriceLevel, Trade
from trading.queries import Average, Book, Walk


def instrument_document(instrument: Instrument) -> dict[str, Any]:
    return {name: getattr(instrument, name) for name in ("symbol", "currency", "sku", "version", "created_at")}


def book_document(book: Book) -> dict[str, Any]:
    return {
        "symbol": book.instrument.symbol,
        "currency": book.instrument.currency,
        "buy": [level_document(level) for level in book.buy],
        "sell": [level_document(level) for level in book.sell],
    }


def level_document(level: PriceLevel) -> dict[str, Any]:
    return {"price": level.price, "amount": level.amount, "orders": level.orders}


def order_document(order: BookOrder) -> dict[str, Any]:
    return {
        "id": order.public_id,
        "symbol": order.instrument.symbol,
        "side": order.side,
        "amount": order.amount,
        "price": order.price,
        "currency": order.instrument.currency,
        "source": order.source,
        "status": order.status,
        "filled": order.filled,
        "entered_amount": order.entered_amount,
        "entered_price": order.entered_price,
        "load": order.load_id,
        "version": order.version,
        "created_at": order.created_at,
        "closed_at": order.closed_at,
    }


def history_document(event: Event) -> dict[str, Any]:
    return {
        "sequence": event.version,
        "type": event.type,
        "at": event.occurred_at,
        "actor": f"{event.actor_kind}:{event.actor_name}",
        "request_id": event.request_id,
        "data": event.data,
    }


def price_document(walk: Walk, *, reader: uuid.UUID) -> dict[str, Any]:
    """`reader` is the client that asks: others' orders stay unnamed."""
    return {
        "symbol": walk.symbol,
        "side": walk.side,
        "amount": walk.amount,
        "currency": walk.currency,
        "total": walk.total,
        "average": average_document(walk.average),
        "available": walk.available,
        "fills": [fill_document(take.order, take.amount, take.order.price, reader=reader) for take in walk.takes],
    }


def average_document(average: Average) -> dict[str, Any]:
    return {"price": average.price, "remainder": average.remainder, "exact": str(average.exact)}


def fill_document(order: BookOrder, amount: int, price: int, *, reader: uuid.UUID) -> dict[str, Any]:
    named = order.public_id if order.client_id == reader else None
    return {"order_id": named, "source": order.source, "amount": amount, "price": price}


def trade_document(trade: Trade, fills: Iterable[Fill] | None, *, reader: uuid.UUID) -> dict[str, Any]:
    """`fills` have their orders with them; None leaves them out."""
    document = {
        "id": trade.pk,
        "client_ref": trade.client_ref,
        "symbol": trade.instrument.symbol,
        "side": trade.side,
        "amount": trade.amount,
        "total": trade.total,
        "currency": trade.instrument.currency,
        "average": average_document(Average.of(trade.total, trade.amount)),
        "limit_total": trade.limit_total,
        "customer_id": trade.customer_id,
        "order_id": trade.order_id,
        "sequence": trade.sequence,
        "created_at": trade.created_at,
    }
    if fills is not None:
        document["fills"] = [fill_document(fill.order, fill.amount, fill.price, reader=reader) for fill in fills]
    return document


def load_document(load: Load) -> dict[str, Any]:
    fields = (
        "id", "name", "status", "size", "lines_read", "added", "unchanged", "rejected", "failure", "created_at",
        "started_at", "finished_at",
    )  # fmt: skip
    return {**{name: getattr(load, name) for name in fields}, "progress": round(load.progress, 4)}
