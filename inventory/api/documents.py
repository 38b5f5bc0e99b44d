"""The catalogue and stock as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from inventory.models import Location, Price, Product, StockLevel, StockMovement, Variant


def show_product(product: Product) -> dict[str, Any]:
    """Of a product out of ProductQuerySet.with_variants()."""
    variants = sorted(product.variants.all(), key=lambda variant: variant.pk)
    return {
        "id": product.pk,
        "name": product.name,
        "description": product.description,
        "active": product.active,
        "variants": [_variant(variant) for variant in variants],
        "version": product.version,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def show_variant(variant: Variant) -> dict[str, Any]:
    """Of a variant out of VariantQuerySet.with_offer()."""
    return {
        **_variant(variant),
        "product_id": variant.product_id,
        "availability": _availability(variant.levels.all()),
        "version": variant.version,
        "created_at": variant.created_at,
        "updated_at": variant.updated_at,
    }


def show_location(location: Location) -> dict[str, Any]:
    return {
        "id": location.pk,
        "code": location.code,
        "name": location.name,
        "country": str(location.country),
        "postal_code": location.postal_code,
        "priority": location.priority,
        "shop_floor_units": location.shop_floor_units,
        "active": location.active,
        "version": location.version,
        "created_at": location.created_at,
    }


def show_level(level: StockLevel) -> dict[str, Any]:
    return {"variant_id": level.variant_id, "sku": level.variant.sku, **_level(level)}


def show_movement(move: StockMovement) -> dict[str, Any]:
    return {
        "id": move.pk,
        "kind": move.kind,
        "variant_id": move.variant_id,
        "sku": move.variant.sku,
        "location_id": move.location_id,
        "location_code": move.location.code,
        "on_hand": move.on_hand,
        "reserved": move.reserved,
        "order_id": move.order_id,
        "line_id": move.line_id,
        "actor": asdict(move.actor),
        "note": move.note,
        "created_at": move.created_at,
    }


def show_change(moves: Sequence[StockMovement]) -> dict[str, Any]:
    return {"movements": [show_movement(move) for move in moves]}


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "name": variant.name,
        "active": variant.active,
        "stock_policy": variant.stock_policy,
        "available_from": variant.available_from,
        "restock_days": variant.restock_days,
        "tax_class_code": variant.tax_class_code,
        "weight_grams": variant.weight_grams,
        "prices": [_price(price) for price in variant.prices.all()],
    }


def _price(price: Price) -> dict[str, Any]:
    return {"currency": price.currency, "amount": price.amount}


def _availability(levels: Iterable[StockLevel]) -> dict[str, Any]:
    active = [level for level in levels if level.location.active]
    active.sort(key=lambda level: (level.location.priority, level.location.code))
    return {
        "on_hand": sum(level.on_hand for level in active),
        "reserved": sum(level.reserved for level in active),
        "available": sum(level.available for level in active),
        "locations": [_level(level) for level in active],
    }


def _level(level: StockLevel) -> dict[str, Any]:
    return {
        "location_id": level.location_id,
        "location_code": level.location.code,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "available": level.available,
    }
