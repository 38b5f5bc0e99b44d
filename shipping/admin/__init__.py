"""The console's pages of shipments, and what they add to the page of an order."""

from shipping.admin import elsewhere, shipment, words

__all__ = ["elsewhere", "shipment", "words"]
