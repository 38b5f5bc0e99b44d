"""What can be done to the catalogue and to stock."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from inventory import authorities
from inventory.models import Location, Product, StockLevel, Variant

EDIT_PRODUCT = Operation("edit", "Edit", authorities.EDIT_PRODUCT, route=Route("PATCH", "product"))
ADD_VARIANT = Operation(
    "add_variant", "Add variant", authorities.CREATE_PRODUCT, route=Route.on_list("POST", "variants")
)
declare_operations(Product, EDIT_PRODUCT, ADD_VARIANT)

RECEIVE = Operation("receive", "Receive stock", authorities.RECEIVE, route=Route.on_list("POST", "stock-receipts"))
SET_PRICES = Operation("set_prices", "Set prices", authorities.PRICE, route=Route("PATCH", "variant"))
EDIT_VARIANT = Operation("edit", "Edit", authorities.EDIT_PRODUCT, route=Route("PATCH", "variant"))
declare_operations(Variant, RECEIVE, SET_PRICES, EDIT_VARIANT)

EDIT_LOCATION = Operation("edit", "Edit", authorities.MANAGE_LOCATIONS, route=Route("PATCH", "location"))
declare_operations(Location, EDIT_LOCATION)

ADJUST = Operation("adjust", "Adjust", authorities.ADJUST, route=Route.on_list("POST", "stock-adjustments"))
TRANSFER = Operation("transfer", "Transfer", authorities.TRANSFER, route=Route.on_list("POST", "stock-transfers"))
SCRAP = Operation("scrap", "Scrap", authorities.SCRAP, route=Route.on_list("POST", "stock-scraps"))
declare_operations(StockLevel, ADJUST, TRANSFER, SCRAP)
