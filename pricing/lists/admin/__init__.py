"""The console's pages of price lists."""

from pricing.lists.admin import words
from pricing.lists.admin.pages import PriceListAdmin, PriceListEntryAdmin, PriceListGroupAdmin

words.register()

__all__ = ["PriceListAdmin", "PriceListEntryAdmin", "PriceListGroupAdmin"]
