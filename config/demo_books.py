"""The demo's books: three that settle as orders of the demo's goods, two that don't, with trades in all but one."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import trading.actions
import trading.queries
from core.actors import Actor
from core.errors import NotFound
from trading.actions import NewBookOrder, NewTrade
from trading.statuses import Side

ACTOR = Actor.system("demo")

_SOURCES = ("Aldgate Trading", "Borough Supply", "Crane & Sons", "Dockside")
_EXAMPLES = (("Buy", 20, 20), ("Buy", 10, 21), ("Sell", 12, 25), ("Sell", 5, 20))
"""(side, amount, price): the book by which the documentation explains itself."""


@dataclass(frozen=True)
class _Book:
    """`middle` is the price in minor units that its orders stand around."""

    symbol: str
    currency: str
    sku: str
    middle: int
    orders: int


_BOOKS = (
    _Book("MUG-SAND", "GBP", "MUG-SAND", 1450, 70),
    _Book("TENT-GREEN", "GBP", "TENT-GREEN", 24900, 60),
    _Book("STOVE-SINGLE", "GBP", "STOVE-SINGLE", 5400, 60),
    _Book("WHEAT", "EUR", "", 21850, 110),
)
_TRADES = (
    ("Buy", 6, True), ("Buy", 11, False), ("Sell", 25, False), ("Buy", 3, True), ("Sell", 8, False), ("Buy", 9, False),
)  # fmt: skip
"""(side, amount, whether it is settled as a customer's order where the book has a SKU) of each book's trades."""


def load_books(client_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]) -> None:
    """Make what is missing of the books."""
    _list_books()
    known = set(trading.queries.orders_of(client_id).values_list("ref", flat=True))
    for new in _orders():
        if new.id not in known:
            _add(new, client_id)
    traded = set(trading.queries.trades_of(client_id).values_list("client_ref", flat=True))
    for trade in _trades(customer_ids):
        if trade.client_ref not in traded:
            trading.actions.place_trade(trade, client_id=client_id, actor=ACTOR)


def _list_books() -> None:
    for symbol, currency, sku in (("JPM", "USD", ""), *((book.symbol, book.currency, book.sku) for book in _BOOKS)):
        try:
            trading.queries.find_instrument(symbol)
        except NotFound:
            trading.actions.list_instrument(symbol, currency=currency, sku=sku, actor=ACTOR)


def _orders() -> Iterator[NewBookOrder]:
    for number, (side, amount, price) in enumerate(_EXAMPLES, start=1):
        yield NewBookOrder(f"DEMO-JPM-{number}", "JPM", side, amount, price, "Aldgate Trading")
    for book in _BOOKS:
        chance = random.Random(book.symbol)  # noqa: S311 - the same demo each time, not a secret
        for number in range(1, book.orders + 1):
            side = chance.choice(Side.values)
            away = 1 + min(int(chance.expovariate(0.12)), 40)
            step = max(1, book.middle // 400)
            price = book.middle + away * step if side == Side.BUY else book.middle - away * step
            amount = chance.randint(3, 40)
            yield NewBookOrder(
                f"DEMO-{book.symbol}-{number}", book.symbol, side, amount, price, chance.choice(_SOURCES)
            )


def _add(new: NewBookOrder, client_id: uuid.UUID) -> None:
    """Some are changed or removed after they came, so that there is history to look at."""
    ref = str(new.id)
    trading.actions.add_order(new, client_id=client_id, actor=ACTOR)
    if ref.endswith("7"):
        trading.actions.change_order(ref, {"amount": new.amount + 5}, client_id=client_id, actor=ACTOR)
    elif ref.endswith("19"):
        trading.actions.remove_order(ref, client_id=client_id, actor=ACTOR)


def _trades(customer_ids: Sequence[uuid.UUID]) -> Iterator[NewTrade]:
    for book in _BOOKS:
        for number, (side, amount, settled) in enumerate(_TRADES):
            yield NewTrade(
                book.symbol,
                side,
                amount,
                f"DEMO-{book.symbol}-{number + 1}",
                customer_id=customer_ids[number] if settled and book.sku else None,
            )
