"""What there is to do with price lists."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_SELLERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("prices:read", "See price lists and their prices", *_SELLERS)
WRITE = declare_scope("prices:write", "Create and change price lists and their prices", *_SELLERS)

VIEW = declare(
    "prices.view",
    "See price lists and their prices",
    "pricing.pricelist",
    "pricing.pricelistgroup",
    "pricing.pricelistentry",
    scope=READ,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.FINANCE, StandardRole.MANAGER],
)
EDIT = declare(
    "prices.edit", "Create and change price lists and their prices", "pricing.pricelist", scope=WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip
