"""The console's pages of customers, their groups and their credit."""

from customers.admin import credit, people

__all__ = ["credit", "people"]
