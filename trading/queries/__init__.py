"""What the API, the console and other rooms may ask of trading."""

from trading.queries.reading import (
    Book,
    fills_of,
    find_instrument,
    find_order,
    find_trade,
    history_of,
    loads_of,
    orders_of,
    read_book,
    trades_of,
)
from trading.queries.standing import Ahead, ahead_of, available_of
from trading.queries.verification import book_discrepancies
from trading.queries.walking import Average, Take, Walk, walk_book

__all__ = [
    "Ahead",
    "Average",
    "Book",
    "Take",
    "Walk",
    "ahead_of",
    "available_of",
    "book_discrepancies",
    "fills_of",
    "find_instrument",
    "find_order",
    "find_trade",
    "history_of",
    "loads_of",
    "orders_of",
    "read_book",
    "trades_of",
    "walk_book",
]
