"""Books, their orders and trades, made by the real actions alone, and what a refusal must leave alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from factory.declarations import LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from core.actors import Actor
from core.models import Client, Event
from tests.core.api.conftest import Caller
from tests.factories.core import ActionFactory, ClientFactory, a_client, given
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


class InstrumentFactory(ActionFactory[Instrument]):
    class Meta:
        model = Instrument

    symbol = SYMBOL
    currency = "USD"

    @classmethod
    def act(cls, symbol: str, **fields: Any) -> Instrument:
        return list_instrument(symbol, actor=ACTOR, **fields)


class BookOrderFactory(ActionFactory[BookOrder]):
    """An open order of an instrument that was listed before."""

    class Meta:
        model = BookOrder

    client = SubFactory(ClientFactory)

    @classmethod
    def act(cls, client: Client, **fields: Any) -> BookOrder:
        return add_order(new_book_order(**fields), client_id=client.pk, actor=ACTOR)


class TradeFactory(ActionFactory[Trade]):
    class Meta:
        model = Trade

    client = SubFactory(ClientFactory)

    @classmethod
    def act(cls, client: Client, **fields: Any) -> Trade:
        return place_trade(new_trade(**fields), client_id=client.pk, actor=ACTOR)


class ImportFactory(ActionFactory[BookImport]):
    """An import that waits for its file."""

    class Meta:
        model = BookImport

    client = SubFactory(ClientFactory)
    name = "orders.csv"

    @classmethod
    def act(cls, client: Client, **fields: Any) -> BookImport:
        job = open_import(client_id=client.pk, actor=ACTOR, **fields)
        return BookImport.objects.get(pk=job.pk)


class ImportedOrderFactory(DjangoModelFactory[BookOrder]):
    """An order as an import leaves it: at version 0, without an event of its coming."""

    class Meta:
        model = BookOrder

    book_import = SubFactory(ImportFactory)
    client = SelfAttribute("book_import.client")
    instrument = LazyFunction(lambda: an_instrument_of(SYMBOL))
    ref = Sequence(lambda number: f"L{number}")
    side = "Buy"
    amount = 10
    price = 20
    entered_amount = SelfAttribute("amount")
    entered_price = SelfAttribute("price")


def a_trader(client: Client | None = None, scopes: Iterable[str] = SCOPES) -> Caller:
    """Sends requests with a key that has the book's scopes."""
    return Caller(client or a_client(), tuple(scopes))


def an_instrument(symbol: str = SYMBOL, *, currency: str = "USD", sku: str = "") -> Instrument:
    return InstrumentFactory.create(symbol=symbol, currency=currency, sku=sku)


def an_instrument_of(symbol: str) -> Instrument:
    """The one that is listed, or a new one."""
    return Instrument.objects.filter(symbol=symbol).first() or an_instrument(symbol)


def new_book_order(**fields: Any) -> NewBookOrder:
    base = {"id": f"T{next(_numbers)}", "symbol": SYMBOL, "side": "Buy", "amount": 10, "price": 20}
    return NewBookOrder(**{**base, **fields})


def a_book_order(client: Client | None = None, status: str = "open", **fields: Any) -> BookOrder:
    """An order of this status, as fresh from the database. It must be the best of its side to be filled."""
    client = client or a_client()
    order = BookOrderFactory.create(client=client, **fields)
    if status == "removed":
        remove_order(order.ref, client_id=client.pk, actor=ACTOR)
    elif status != "open":
        amount = order.amount if status == "filled" else 1
        a_trade(client, symbol=order.instrument.symbol, side=order.side, amount=amount)
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
    return TradeFactory.create(**given(client=client), **fields)


def an_import(client: Client | None = None, **fields: Any) -> BookImport:
    """An import that waits for its file."""
    return ImportFactory.create(**given(client=client), **fields)


def an_imported_order(**fields: Any) -> BookOrder:
    """As an import leaves it: at version 0, without an event of its coming."""
    return ImportedOrderFactory.create(**fields)


def an_unsaved_order(**fields: Any) -> BookOrder:
    """Of no import, which the database takes or refuses as its test saves it."""
    client = fields.pop("client", None) or a_client()
    made = {"book_import": None, "client": client, "ref": "X", "amount": 5, "price": 10}
    return ImportedOrderFactory.build(**{**made, **fields})


def imported_orders(count: int, **fields: Any) -> list[BookOrder]:
    """Of one import and client, written in one statement."""
    book_import, instrument = an_import(), an_instrument_of(SYMBOL)
    orders = ImportedOrderFactory.build_batch(count, book_import=book_import, instrument=instrument, **fields)
    return BookOrder.objects.bulk_create(orders)


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
