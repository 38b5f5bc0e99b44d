"""Books, their orders and trades, made by the real actions alone, and what a refusal must leave alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from core.actors import Actor
from core.models import Client, Event
from tests.core.api.conftest import Caller
from tests.factories.core import a_client
from tests.factories.watching import everything as everything
from tests.factories.watching import nothing_changes as nothing_changes
from tests.factories.watching import refused as refused
from tests.factories.watching import refused_by_the_database as refused_by_the_database
from trading.actions import (
    NewBookOrder,
    NewTrade,
    add_order,
    change_order,
    list_instrument,
    open_import,
    place_trade,
    remove_order,
)
from trading.models import BookImport, BookOrder, Instrument, PriceLevel, SideTotal, Trade
from trading.queries import book_discrepancies
from trading.statuses import IN_THE_BOOK

ACTOR = Actor.system("test")
SYMBOL = "JPM"
SCOPES = ("book:read", "book:write", "book:trade", "book:manage")
JPM = [("Buy", 20, 20), ("Buy", 10, 21), ("Sell", 12, 25), ("Sell", 5, 20)]
"""(side, amount, price) of the book of the examples."""

_numbers = itertools.count(1)


def a_trader(client: Client | None = None, scopes: Sequence[str] = SCOPES) -> Caller:
    """Sends requests with a key that has the book's scopes."""
    return Caller(client or a_client(), tuple(scopes))


def an_instrument(symbol: str = SYMBOL, *, currency: str = "USD", sku: str = "") -> Instrument:
    return list_instrument(symbol, currency=currency, sku=sku, actor=ACTOR)


def new_book_order(**fields: Any) -> NewBookOrder:
    base = {"id": f"T{next(_numbers)}", "symbol": SYMBOL, "side": "Buy", "amount": 10, "price": 20}
    return NewBookOrder(**{**base, **fields})


def a_book_order(client: Client | None = None, status: str = "open", **fields: Any) -> BookOrder:
    """An order of this status, as fresh from the database. It must be the best of its side to be filled."""
    client = client or a_client()
    new = new_book_order(**fields)
    order = add_order(new, client_id=client.pk, actor=ACTOR)
    if status == "removed":
        remove_order(order.ref, client_id=client.pk, actor=ACTOR)
    elif status != "open":
        a_trade(client, symbol=new.symbol, side=new.side, amount=new.amount if status == "filled" else 1)
    found = reload(order)
    assert found.status == status
    return found


def a_book(client: Client | None = None, symbol: str = SYMBOL) -> list[BookOrder]:
    """The orders of JPM, in that order."""
    client = client or a_client()
    return [a_book_order(client, symbol=symbol, side=side, amount=amount, price=price) for side, amount, price in JPM]


def new_trade(**fields: Any) -> NewTrade:
    base = {"symbol": SYMBOL, "side": "Buy", "amount": 1, "client_ref": f"R{next(_numbers)}"}
    return NewTrade(**{**base, **fields})


def a_trade(client: Client | None = None, **fields: Any) -> Trade:
    return place_trade(new_trade(**fields), client_id=(client or a_client()).pk, actor=ACTOR)


def an_import(client: Client | None = None, **fields: Any) -> BookImport:
    """An import that waits for its file."""
    job = open_import(**{"name": "orders.csv", "client_id": (client or a_client()).pk, "actor": ACTOR, **fields})
    return BookImport.objects.get(pk=job.pk)


def reload(order: BookOrder) -> BookOrder:
    return BookOrder.objects.select_related("instrument").get(pk=order.pk)


def change(order: BookOrder, **changes: int) -> BookOrder:
    return change_order(order.ref, changes, client_id=order.client_id, actor=ACTOR)


def remove(order: BookOrder) -> BookOrder:
    return remove_order(order.ref, client_id=order.client_id, actor=ACTOR)


def fills(trade: Trade) -> list[tuple[str, int, int]]:
    """(the order's id, amount, price) of each, in the order in which they were taken."""
    return list(trade.fills.order_by("position").values_list("order__ref", "amount", "price"))


def queue(side: str = "Buy", symbol: str = SYMBOL) -> list[tuple[str, int, int]]:
    """(id, amount, price) of one side's orders as a walk would meet them."""
    orders = BookOrder.objects.filter(instrument__symbol=symbol, side=side, status__in=IN_THE_BOOK)
    return list(orders.order_by("rank", "queue").values_list("ref", "amount", "price"))


def levels(side: str = "Buy", symbol: str = SYMBOL) -> list[tuple[int, int, int]]:
    """(price, amount, orders) of one side as the database keeps them, the best first."""
    rows = PriceLevel.objects.filter(instrument__symbol=symbol, side=side).order_by("rank")
    return [(level.price, level.amount, level.orders) for level in rows]


def total(side: str = "Buy", symbol: str = SYMBOL) -> int:
    """What one side has in all, as the database keeps it."""
    shares = SideTotal.objects.filter(instrument__symbol=symbol, side=side).values_list("amount", flat=True)
    return sum(shares)


def assert_the_book_adds_up() -> None:
    """Orders, levels, totals, trades and fills against each other, and every subject's events gap-free."""
    assert list(book_discrepancies()) == []
    for model in (Instrument, BookOrder):
        for row in model._default_manager.all():
            told = Event.objects.filter(subject_type=model.subject_type, subject_id=row.pk)
            versions = list(told.order_by("version").values_list("version", flat=True))
            assert versions == list(range(1, row.version + 1)), f"{model.__name__} {row}"
