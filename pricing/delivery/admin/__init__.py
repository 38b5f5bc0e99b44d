"""The console's pages of delivery methods."""

from pricing.delivery.admin import words
from pricing.delivery.admin.pages import DeliveryMethodAdmin, DeliveryRateAdmin

words.register()

__all__ = ["DeliveryMethodAdmin", "DeliveryRateAdmin"]
