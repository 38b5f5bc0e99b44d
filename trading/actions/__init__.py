"""The only way to write to the book: one function per use case."""

from trading.actions.imports import open_import, queue_import
from trading.actions.instruments import change_instrument, ensure_instruments, is_symbol, list_instrument
from trading.actions.orders import NewBookOrder, add_order, change_order, is_order_id, remove_order
from trading.actions.trades import NewTrade, place_trade

__all__ = [
    "NewBookOrder",
    "NewTrade",
    "add_order",
    "change_instrument",
    "change_order",
    "ensure_instruments",
    "is_order_id",
    "is_symbol",
    "list_instrument",
    "open_import",
    "place_trade",
    "queue_import",
    "remove_order",
]
