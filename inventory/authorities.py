"""What there is to do with the catalogue and with stock."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_EVERYBODY = [StandardRole.SUPPORT_AGENT, StandardRole.WAREHOUSE, StandardRole.FINANCE, StandardRole.MANAGER]
_WAREHOUSE = [StandardRole.WAREHOUSE, StandardRole.MANAGER]
_KEEPERS = (ClientKind.WAREHOUSE, ClientKind.BACK_OFFICE)

PRODUCTS_READ = declare_scope("products:read", "See products, variants and prices", *_KEEPERS, ClientKind.STOREFRONT)
PRODUCTS_WRITE = declare_scope("products:write", "Create and change products, variants and prices", *_KEEPERS)
STOCK_READ = declare_scope("stock:read", "See locations and stock", *_KEEPERS, ClientKind.STOREFRONT)
STOCK_WRITE = declare_scope("stock:write", "Change locations and stock", *_KEEPERS)

VIEW_PRODUCTS = declare(
    "products.view",
    "See products, variants and prices",
    "inventory.product",
    "inventory.variant",
    "inventory.price",
    scope=PRODUCTS_READ,
    roles=_EVERYBODY,
)
CREATE_PRODUCT = declare(
    "products.create", "Create products and variants", "inventory.product", scope=PRODUCTS_WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip
EDIT_PRODUCT = declare(
    "products.edit", "Change products and variants", "inventory.product", scope=PRODUCTS_WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip
PRICE = declare(
    "products.price", "Set prices of the catalogue", "inventory.variant", scope=PRODUCTS_WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip

VIEW_STOCK = declare(
    "stock.view",
    "See locations, stock, movements and reservations",
    "inventory.location",
    "inventory.stocklevel",
    "inventory.stockmovement",
    "inventory.reservation",
    scope=STOCK_READ,
    roles=_EVERYBODY,
)
RECEIVE = declare("stock.receive", "Receive stock", "inventory.stocklevel", scope=STOCK_WRITE, roles=_WAREHOUSE)
ADJUST = declare("stock.adjust", "Adjust stock to a count", "inventory.stocklevel", scope=STOCK_WRITE, roles=_WAREHOUSE)
TRANSFER = declare("stock.transfer", "Transfer stock", "inventory.stocklevel", scope=STOCK_WRITE, roles=_WAREHOUSE)
SCRAP = declare("stock.scrap", "Scrap stock", "inventory.stocklevel", scope=STOCK_WRITE, roles=_WAREHOUSE)
MANAGE_LOCATIONS = declare(
    "locations.manage", "Create and change locations", "inventory.location", scope=STOCK_WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip
