"""The console's pages of orders; those of payments are loaded with them."""

from orders.admin import words
from orders.admin.order import OrderAdmin
from orders.admin.parts import HoldAdmin, OrderLineAdmin, OrderNoteAdmin
from orders.payments.admin import LedgerEntryAdmin, PaymentAdmin

words.register()

__all__ = ["HoldAdmin", "LedgerEntryAdmin", "OrderAdmin", "OrderLineAdmin", "OrderNoteAdmin", "PaymentAdmin"]
