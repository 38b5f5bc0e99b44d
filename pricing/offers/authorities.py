"""What there is to do with offers."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_SELLERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("offers:read", "See offers, their codes and how often they are used", *_SELLERS)
WRITE = declare_scope("offers:write", "Create, change and end offers, and make their codes", *_SELLERS)

VIEW = declare(
    "offers.view",
    "See offers, their codes and how often they are used",
    "pricing.offer",
    "pricing.offertarget",
    "pricing.offercode",
    "pricing.offeruse",
    "pricing.offercount",
    "pricing.offerbuyercount",
    scope=READ,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.FINANCE, StandardRole.MANAGER],
)
EDIT = declare(
    "offers.edit", "Create, change and end offers, and make their codes", "pricing.offer", scope=WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip
