"""What can be done to a customer, a group and a credit account."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from core.transitions import Blocker
from customers import authorities
from customers.models import CreditAccount, Customer, CustomerGroup


def has_address(customer: Customer) -> Blocker | None:
    """The customer has an address."""
    if customer.addresses.all():
        return None
    return Blocker("The customer has no address.", "Nothing to remove.")


EDIT = Operation("edit", "Edit", authorities.EDIT, route=Route("PATCH", "customer"))
SET_GROUPS = Operation("set_groups", "Set groups", authorities.EDIT, route=Route("PATCH", "customer"))
ADD_ADDRESS = Operation("add_address", "Add address", authorities.EDIT, route=Route("POST", "customer-addresses"))
REMOVE_ADDRESS = Operation(
    "remove_address",
    "Remove address",
    authorities.EDIT,
    foreseen=(has_address,),
    route=Route("DELETE", "customer-address", ("address_id",)),
)

OPEN_CREDIT = Operation(
    "open_credit",
    "Open credit account",
    authorities.GRANT_CREDIT,
    route=Route("POST", "customer-credit-accounts"),
)

declare_operations(Customer, EDIT, SET_GROUPS, ADD_ADDRESS, REMOVE_ADDRESS, OPEN_CREDIT)

EDIT_GROUP = Operation("edit", "Edit", authorities.MANAGE_GROUPS, route=Route("PATCH", "customer-group"))
declare_operations(CustomerGroup, EDIT_GROUP)

SET_CREDIT = Operation("set_credit", "Set credit", authorities.GRANT_CREDIT, route=Route("PATCH", "credit-account"))
declare_operations(CreditAccount, SET_CREDIT)
