"""Which rows: named scopes of the catalogue and of stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from inventory.models import Location, Product, StockLevel, Variant  # noqa: F401

# Catalogue rows are locked without their key: movements and order lines refer to them, and need not wait for an edit.


class ProductQuerySet(models.QuerySet["Product"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def with_variants(self) -> Self:
        """Each with its variants and their prices: two more statements."""
        return self.prefetch_related("variants__prices")


class VariantQuerySet(models.QuerySet["Variant"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def with_offer(self) -> Self:
        """Each with its prices and its levels with their locations: three more statements."""
        return self.prefetch_related("prices", "levels__location")


class LocationQuerySet(models.QuerySet["Location"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class StockLevelQuerySet(models.QuerySet["StockLevel"]):
    def locked(self) -> Self:
        """Row locks in the order of the levels' key, which is the order that everything else takes them in."""
        return self.order_by("variant_id", "location_id").select_for_update(of=("self",))
