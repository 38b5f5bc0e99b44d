"""The console's pages of orders."""

from orders.admin import words
from orders.admin.order import OrderAdmin
from orders.admin.parts import HoldAdmin, LedgerEntryAdmin, OrderLineAdmin, OrderNoteAdmin, PaymentAdmin

words.register()

__all__ = ["HoldAdmin", "LedgerEntryAdmin", "OrderAdmin", "OrderLineAdmin", "OrderNoteAdmin", "PaymentAdmin"]
