"""What the version documents of the catalogue say: names, prices and settings as of a version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.models import Location, Product, Variant

_VARIANT = (
    "product_id", "sku", "name", "active", "weight_grams", "stock_policy", "available_from", "restock_days",
)  # fmt: skip


def product_content(product: Product) -> dict[str, Any]:
    return {name: getattr(product, name) for name in ("name", "description", "active")}


def variant_content(variant: Variant, prices: Mapping[str, int]) -> dict[str, Any]:
    """`prices` are minor units by currency; no tax class means the standard one."""
    content = {name: getattr(variant, name) for name in _VARIANT}
    return {**content, "tax_class_code": variant.tax_class_code, "prices": dict(prices)}


def location_content(location: Location) -> dict[str, Any]:
    content = {
        name: getattr(location, name)
        for name in ("code", "name", "postal_code", "priority", "shop_floor_units", "active")
    }
    return {**content, "country": str(location.country)}
