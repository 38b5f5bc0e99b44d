"""What can be done to a storefront. Each changes some of its settings, by the same action and route."""

from core.operations import Operation, Route, declare_operations
from storefronts import authorities
from storefronts.models import Storefront

_ROUTE = Route("PATCH", "storefront")


def _edit(name: str, label: str) -> Operation:
    return Operation(name, label, authorities.EDIT, route=_ROUTE)


EDIT_MARKETS = _edit("edit_markets", "Edit place and markets")
EDIT_TAXES = _edit("edit_taxes", "Edit prices and taxes")
EDIT_ORDERS = _edit("edit_orders", "Edit drafts and numbers")
EDIT_MAILS = _edit("edit_mails", "Edit e-mails")
EDIT_TERMS = _edit("edit_terms", "Edit terms and returns")
EDIT_DOCUMENTS = _edit("edit_documents", "Edit documents")
EDIT_SOURCING = _edit("edit_sourcing", "Edit sourcing")

declare_operations(
    Storefront, EDIT_MARKETS, EDIT_TAXES, EDIT_ORDERS, EDIT_MAILS, EDIT_TERMS, EDIT_DOCUMENTS, EDIT_SOURCING
)
