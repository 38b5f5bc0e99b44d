"""The console's pages of what decides a price: each package has its own."""

from pricing.delivery import admin as delivery
from pricing.lists import admin as lists
from pricing.offers import admin as offers

__all__ = ["delivery", "lists", "offers"]
