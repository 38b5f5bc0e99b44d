"""What there is to do with customers."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_SUPPORT = [StandardRole.SUPPORT_AGENT, StandardRole.MANAGER]
_SELLERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("customers:read", "See customers and their addresses", *_SELLERS)
WRITE = declare_scope("customers:write", "Create and change customers", *_SELLERS)
CREDIT = declare_scope("customers:credit", "Grant customers credit for orders on account", *_SELLERS)

VIEW = declare(
    "customers.view",
    "See customers, their addresses, groups and credit",
    "customers.customer",
    "customers.creditaccount",
    "customers.address",
    "customers.customergroup",
    "customers.groupmembership",
    scope=READ,
    roles=[*_SUPPORT, StandardRole.FINANCE],
)
CREATE = declare("customers.create", "Create customers", "customers.customer", scope=WRITE, roles=_SUPPORT)
EDIT = declare(
    "customers.edit", "Change customers and their addresses", "customers.customer", scope=WRITE, roles=_SUPPORT
)
MANAGE_GROUPS = declare(
    "customer_groups.manage", "Create and change customer groups", "customers.customergroup", scope=WRITE,
    roles=[StandardRole.MANAGER],
)  # fmt: skip
GRANT_CREDIT = declare(
    "customers.grant_credit",
    "Grant customers credit",
    "customers.creditaccount",
    scope=CREDIT,
    roles=[StandardRole.FINANCE, StandardRole.MANAGER],
    limits={StandardRole.FINANCE: 10_000_00},
)
