"""What an order costs, in the console."""

from orders.pricing.admin.pages import AdjustmentAdmin, DeliveryChargeAdmin, TaxTotalAdmin

__all__ = ["AdjustmentAdmin", "DeliveryChargeAdmin", "TaxTotalAdmin"]
