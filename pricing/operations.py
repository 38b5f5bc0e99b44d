"""What can be done to what decides a price: each package declares its own."""

from pricing.delivery import operations as delivery
from pricing.lists import operations as lists
from pricing.offers import operations as offers

__all__ = ["delivery", "lists", "offers"]
