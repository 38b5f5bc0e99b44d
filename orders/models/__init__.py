"""Orders, their lines, holds, notes and sourcing plans. Payments and the money ledger are in orders.payments.models."""

from orders.models.hold import Hold
from orders.models.line import OrderLine
from orders.models.note import OrderNote
from orders.models.order import Order
from orders.models.sourcing import SourcingPlan

__all__ = ["Hold", "Order", "OrderLine", "OrderNote", "SourcingPlan"]
