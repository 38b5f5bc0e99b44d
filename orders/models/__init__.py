"""Orders, their lines, holds, notes, payments and money ledger."""

from orders.models.hold import Hold
from orders.models.line import OrderLine
from orders.models.money import LedgerEntry, Payment
from orders.models.note import OrderNote
from orders.models.order import Order

__all__ = ["Hold", "LedgerEntry", "Order", "OrderLine", "OrderNote", "Payment"]
