"""What a customer's version documents say: who they are and where they live, all of it personal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from customers.models import Address, Customer

_CUSTOMER = ("email", "name", "phone", "external_ref")
_ADDRESS = (
    "id", "name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone", "is_default",
)  # fmt: skip
PERSONAL = (*_CUSTOMER, "addresses")
"""To be redacted when they are forgotten."""


def content_of(customer: Customer, addresses: Iterable[Address]) -> dict[str, Any]:
    content = {name: getattr(customer, name) for name in _CUSTOMER}
    content["addresses"] = [{name: _plain(getattr(address, name)) for name in _ADDRESS} for address in addresses]
    return content


def _plain(value: Any) -> Any:
    """A country is more than its code."""
    return getattr(value, "code", value)
