"""What there is to do with delivery methods."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_SELLERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("delivery:read", "See delivery methods and their rates", *_SELLERS)
WRITE = declare_scope("delivery:write", "Create and change delivery methods and their rates", *_SELLERS)

VIEW = declare(
    "delivery.view",
    "See delivery methods and their rates",
    "pricing.deliverymethod",
    "pricing.deliveryrate",
    scope=READ,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.WAREHOUSE, StandardRole.FINANCE, StandardRole.MANAGER],
)
EDIT = declare(
    "delivery.edit",
    "Create and change delivery methods and their rates",
    "pricing.deliverymethod",
    scope=WRITE,
    roles=[StandardRole.MANAGER],
)
