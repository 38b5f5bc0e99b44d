"""The console's pages of books, their orders and their trades."""

from trading.admin import words
from trading.admin.book import InstrumentAdmin, PriceLevelAdmin, SideTotalAdmin
from trading.admin.loads import LoadAdmin, RejectedRowAdmin
from trading.admin.orders import BookOrderAdmin
from trading.admin.trades import FillAdmin, TradeAdmin

words.register()

__all__ = [
    "BookOrderAdmin",
    "FillAdmin",
    "InstrumentAdmin",
    "LoadAdmin",
    "PriceLevelAdmin",
    "RejectedRowAdmin",
    "SideTotalAdmin",
    "TradeAdmin",
]
