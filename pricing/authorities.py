"""What there is to do with what decides a price: each package declares its own."""

from pricing.delivery import authorities as delivery
from pricing.lists import authorities as lists
from pricing.offers import authorities as offers

__all__ = ["delivery", "lists", "offers"]
