"""What there is to do with the settings of a storefront."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_SELLERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("storefront:read", "See how a storefront sells", *_SELLERS)
WRITE = declare_scope("storefront:write", "Change how a storefront sells", *_SELLERS)

VIEW = declare(
    "storefronts.view",
    "See storefronts and how they sell",
    "storefronts.storefront",
    scope=READ,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.WAREHOUSE, StandardRole.FINANCE, StandardRole.MANAGER],
)
EDIT = declare(
    "storefronts.edit",
    "Change how storefronts sell",
    "storefronts.storefront",
    scope=WRITE,
    roles=[StandardRole.MANAGER],
)
