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
    ensure_variants,
    update_location,
    update_product,
    update_variant,
)
from inventory.actions.displacing import Claim, Claims, register_holders
from inventory.actions.reservations import Reserved, Wanted, release, reserve, ship, take_back
from inventory.actions.stock import StockItem, TransferItem, adjust, receive, receive_missing, scrap, transfer

__all__ = [
    "Claim",
    "Claims",
    "LocationChanges",
    "NewVariant",
    "ProductChanges",
    "Reserved",
    "StockItem",
    "TransferItem",
    "VariantChanges",
    "Wanted",
    "add_variant",
    "adjust",
    "create_location",
    "create_product",
    "ensure_catalogue",
    "ensure_variants",
    "receive",
    "receive_missing",
    "register_holders",
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
