"""The console's pages of books, their orders and their trades."""

from trading.admin import words
from trading.admin.book import InstrumentAdmin, PriceLevelAdmin, SideTotalAdmin
from trading.admin.imports import BookImportAdmin
from trading.admin.orders import BookOrderAdmin
from trading.admin.trades import FillAdmin, TradeAdmin

words.register()

__all__ = [
    "BookImportAdmin",
    "BookOrderAdmin",
    "FillAdmin",
    "InstrumentAdmin",
    "PriceLevelAdmin",
    "SideTotalAdmin",
    "TradeAdmin",
]
