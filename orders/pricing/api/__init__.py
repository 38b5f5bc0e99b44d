"""Quotes over HTTP, and how an order's prices came about."""
