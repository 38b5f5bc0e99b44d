"""Which rows: named scopes of the catalogue and of stock."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    from inventory.models import Location, Product, StockLevel, StockMovement, Variant  # noqa: F401

# Catalogue rows are locked without their key: movements and order lines refer to them, and need not wait for an edit.


class ProductQuerySet(models.QuerySet["Product"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def with_variants(self) -> Self:
        """Each with its variants, their tax classes and prices: two more statements."""
        variants = apps.get_model("inventory", "Variant").objects.select_related("tax_class")
        return self.prefetch_related(models.Prefetch("variants", variants), "variants__prices")


class VariantQuerySet(models.QuerySet["Variant"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def with_offer(self) -> Self:
        """Each with its tax class, its prices and its levels with their locations: three more statements."""
        return self.select_related("tax_class").prefetch_related("prices", "levels__location")


class LocationQuerySet(models.QuerySet["Location"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class StockLevelQuerySet(models.QuerySet["StockLevel"]):
    def locked(self) -> Self:
        """Row locks in the order of the levels' key, which is the order that everything else takes them in."""
        return self.order_by("variant_id", "location_id").select_for_update(of=("self",))


class StockMovementQuerySet(models.QuerySet["StockMovement"]):
    def visible_to(self, storefront_id: uuid.UUID) -> Self:
        """Those of the storefront's own orders, and those of no order."""
        return self.filter(models.Q(client=None) | models.Q(client_id=storefront_id))
