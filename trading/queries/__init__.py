"""What the API, the console and other rooms may ask of trading."""

from trading.queries.reading import (
    Book,
    fills_of,
    find_import,
    find_instrument,
    find_order,
    find_trade,
    history_of,
    imports_of,
    orders_of,
    read_book,
    trades_of,
)
from trading.queries.standing import Ahead, ahead_of, available_of
from trading.queries.verification import RULES, BookTally, book_discrepancies, verify_book
from trading.queries.walking import Average, Take, Walk, walk_book

__all__ = [
    "RULES",
    "Ahead",
    "Average",
    "Book",
    "BookTally",
    "Take",
    "Walk",
    "ahead_of",
    "available_of",
    "book_discrepancies",
    "fills_of",
    "find_import",
    "find_instrument",
    "find_order",
    "find_trade",
    "history_of",
    "imports_of",
    "orders_of",
    "read_book",
    "trades_of",
    "verify_book",
    "walk_book",
]
