"""The console's pages of the catalogue and of stock."""

from inventory.admin import words
from inventory.admin.catalogue import LocationAdmin, PriceAdmin, ProductAdmin, VariantAdmin
from inventory.admin.stock import ReservationAdmin, StockLevelAdmin, StockMovementAdmin

words.register()

__all__ = [
    "LocationAdmin",
    "PriceAdmin",
    "ProductAdmin",
    "ReservationAdmin",
    "StockLevelAdmin",
    "StockMovementAdmin",
    "VariantAdmin",
]
