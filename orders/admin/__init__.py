"""The console's pages of orders; those of payments, prices and refunds are loaded with them."""

from orders.admin import words
from orders.admin.order import OrderAdmin
from orders.admin.parts import HoldAdmin, OrderLineAdmin, OrderNoteAdmin
from orders.admin.sourcing import SourcingPlanAdmin
from orders.instalments.admin import InstalmentAdmin
from orders.payments.admin import LedgerEntryAdmin, PaymentAdmin, PaymentAttemptAdmin, PaymentNoticeAdmin
from orders.pricing.admin import AdjustmentAdmin, DeliveryChargeAdmin, TaxTotalAdmin
from orders.refunds.admin import RefundAdmin, RefundLineAdmin, RefundPartAdmin
from orders.settlement.admin import PaymentDifferenceAdmin, PayoutAdmin, PayoutLineAdmin

words.register()

__all__ = [
    "AdjustmentAdmin",
    "DeliveryChargeAdmin",
    "HoldAdmin",
    "InstalmentAdmin",
    "LedgerEntryAdmin",
    "OrderAdmin",
    "OrderLineAdmin",
    "OrderNoteAdmin",
    "PaymentAdmin",
    "PaymentAttemptAdmin",
    "PaymentDifferenceAdmin",
    "PaymentNoticeAdmin",
    "PayoutAdmin",
    "PayoutLineAdmin",
    "RefundAdmin",
    "RefundLineAdmin",
    "RefundPartAdmin",
    "SourcingPlanAdmin",
    "TaxTotalAdmin",
]
