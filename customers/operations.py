"""What can be done to a customer."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from core.transitions import Blocker
from customers import authorities
from customers.models import Customer, CustomerGroup


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

declare_operations(Customer, EDIT, SET_GROUPS, ADD_ADDRESS, REMOVE_ADDRESS)

EDIT_GROUP = Operation("edit", "Edit", authorities.MANAGE_GROUPS, route=Route("PATCH", "customer-group"))
declare_operations(CustomerGroup, EDIT_GROUP)
