"""The book: instruments, orders, price levels; trades and their fills; loads."""

from trading.models.book import MAX_AMOUNT, MAX_PRICE, BookOrder, Instrument, PriceLevel, SideTotal
from trading.models.loads import Load, RejectedRow
from trading.models.trades import Fill, Trade

__all__ = [
    "MAX_AMOUNT",
    "MAX_PRICE",
    "BookOrder",
    "Fill",
    "Instrument",
    "Load",
    "PriceLevel",
    "RejectedRow",
    "SideTotal",
    "Trade",
]
