"""Refunds: what of an order is credited to its customer, and the money that goes back for it."""
