"""The console's pages of orders; those of payments and prices are loaded with them."""

from orders.admin import words
from orders.admin.order import OrderAdmin
from orders.admin.parts import HoldAdmin, OrderLineAdmin, OrderNoteAdmin
from orders.admin.sourcing import SourcingPlanAdmin
from orders.payments.admin import LedgerEntryAdmin, PaymentAdmin
from orders.pricing.admin import AdjustmentAdmin, DeliveryChargeAdmin, TaxTotalAdmin

words.register()

__all__ = [
    "AdjustmentAdmin",
    "DeliveryChargeAdmin",
    "HoldAdmin",
    "LedgerEntryAdmin",
    "OrderAdmin",
    "OrderLineAdmin",
    "OrderNoteAdmin",
    "PaymentAdmin",
    "SourcingPlanAdmin",
    "TaxTotalAdmin",
]
