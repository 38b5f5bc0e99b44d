"""The only way to write to customers, their groups and their credit."""

from customers.actions.credit import CreditChanges, open_credit, set_credit, take_credit
from customers.actions.people import (
    CustomerChanges,
    CustomerGroupChanges,
    NewAddress,
    add_address,
    create_customer,
    create_group,
    ensure_customer,
    remove_address,
    update_address,
    update_customer,
    update_group,
)

__all__ = [
    "CreditChanges",
    "CustomerChanges",
    "CustomerGroupChanges",
    "NewAddress",
    "add_address",
    "create_customer",
    "create_group",
    "ensure_customer",
    "open_credit",
    "remove_address",
    "set_credit",
    "take_credit",
    "update_address",
    "update_customer",
    "update_group",
]
