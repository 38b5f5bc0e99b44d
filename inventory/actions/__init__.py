"""The only way to write to inventory."""

from inventory.actions.catalogue import (
    LocationChanges,
    NewVariant,
    ProductChanges,
    VariantChanges,
    add_variant,
    create_location,
    create_product,
    ensure_catalogue,
    update_location,
    update_product,
    update_variant,
)
from inventory.actions.reservations import Wanted, release, reserve, ship, take_back
from inventory.actions.stock import StockItem, TransferItem, adjust, receive, scrap, transfer

__all__ = [
    "LocationChanges",
    "NewVariant",
    "ProductChanges",
    "StockItem",
    "TransferItem",
    "VariantChanges",
    "Wanted",
    "add_variant",
    "adjust",
    "create_location",
    "create_product",
    "ensure_catalogue",
    "receive",
    "release",
    "reserve",
    "scrap",
    "ship",
    "take_back",
    "transfer",
    "update_location",
    "update_product",
    "update_variant",
]
