"""What there is to do with documents."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_MONEY = [StandardRole.SUPPORT_AGENT, StandardRole.FINANCE, StandardRole.MANAGER]
_KINDS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE, ClientKind.WAREHOUSE)

READ = declare_scope("documents:read", "See invoices, credit notes and slips", *_KINDS)
WRITE = declare_scope("documents:write", "Issue invoices, credit notes and slips", *_KINDS)

VIEW = declare(
    "documents.view",
    "See invoices, credit notes and slips",
    "documents.document",
    "documents.documentseries",
    scope=READ,
    roles=[*_MONEY, StandardRole.WAREHOUSE],
)
ISSUE = declare("documents.issue", "Issue invoices and credit notes", "documents.document", scope=WRITE, roles=_MONEY)
SLIP = declare(
    "documents.slip",
    "Issue packing slips, pick lists and return slips",
    "documents.document",
    scope=WRITE,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.WAREHOUSE, StandardRole.MANAGER],
)
