"""The book: instruments, orders, price levels; trades and their fills; imports."""

from trading.models.book import MAX_AMOUNT, MAX_PRICE, BookOrder, Instrument, PriceLevel, SideTotal
from trading.models.imports import BOOK_IMPORT, BookImport
from trading.models.trades import Fill, Trade

__all__ = [
    "BOOK_IMPORT",
    "MAX_AMOUNT",
    "MAX_PRICE",
    "BookImport",
    "BookOrder",
    "Fill",
    "Instrument",
    "PriceLevel",
    "SideTotal",
    "Trade",
]
