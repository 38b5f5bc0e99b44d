"""What there is to do with taxes."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_MODELS = ("taxes.taxclass", "taxes.taxcountry", "taxes.taxrate")

READ = declare_scope("taxes:read", "See tax classes and rates", ClientKind.BACK_OFFICE)
WRITE = declare_scope("taxes:write", "Create, change and end tax classes and rates", ClientKind.BACK_OFFICE)

VIEW = declare(
    "taxes.view",
    "See tax classes and rates",
    *_MODELS,
    scope=READ,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.FINANCE, StandardRole.MANAGER],
)
EDIT = declare(
    "taxes.edit",
    "Create, change and end tax classes and rates",
    *_MODELS,
    scope=WRITE,
    roles=[StandardRole.FINANCE, StandardRole.MANAGER],
)
