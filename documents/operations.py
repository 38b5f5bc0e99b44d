"""Which documents can be issued of an order. Each is issued by one route, whose body names the kind."""

from core.operations import Operation, Route, declare_operations
from documents import authorities, checks

_ROUTE = Route("POST", "order-documents")

ISSUE_INVOICE = Operation(
    "issue_invoice", "Issue invoice", authorities.ISSUE, checks=(checks.was_placed, checks.is_charged), route=_ROUTE
)
ISSUE_CREDIT_NOTE = Operation(
    "issue_credit_note", "Issue credit note", authorities.ISSUE, checks=(checks.is_credited,), route=_ROUTE
)
ISSUE_SLIP = Operation("issue_slip", "Issue slip", authorities.SLIP, checks=(checks.was_placed,), route=_ROUTE)

declare_operations("orders.order", ISSUE_INVOICE, ISSUE_CREDIT_NOTE, ISSUE_SLIP)
