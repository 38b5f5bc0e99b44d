"""What can be done to a price list."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from pricing.lists import authorities
from pricing.lists.models import PriceList

SET_PRICES = Operation("set_prices", "Set prices", authorities.EDIT, route=Route("PUT", "price-list-prices"))
REMOVE_PRICES = Operation(
    "remove_prices", "Remove prices", authorities.EDIT, route=Route("DELETE", "price-list-price", ("price_id",))
)
IMPORT_PRICES = Operation(
    "import_prices",
    "Import prices",
    authorities.EDIT,
    unrouted="A file is uploaded in the console; the API sets prices.",
)
EDIT = Operation("edit", "Edit", authorities.EDIT, route=Route("PATCH", "price-list"))

declare_operations(PriceList, SET_PRICES, IMPORT_PRICES, REMOVE_PRICES, EDIT)
