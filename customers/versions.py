"""What version documents say: of a customer who they are, where they live and how they are treated, all of it personal;
of a group nothing personal."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from customers.models import Address, Customer, CustomerGroup

_CUSTOMER = ("email", "name", "phone", "external_ref", "vat_id", "tax_exempt_reason")
_ADDRESS = (
    "id", "name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone", "is_default",
)  # fmt: skip
PERSONAL = (*_CUSTOMER, "addresses", "group_ids")
"""To be redacted when they are forgotten."""


def content_of(customer: Customer, addresses: Iterable[Address], group_ids: Iterable[uuid.UUID]) -> dict[str, Any]:
    content = {name: getattr(customer, name) for name in _CUSTOMER}
    content["addresses"] = [{name: _plain(getattr(address, name)) for name in _ADDRESS} for address in addresses]
    content["group_ids"] = sorted(group_ids)
    return content


def group_content(group: CustomerGroup) -> dict[str, Any]:
    return {"code": group.code, "name": group.name}


def _plain(value: Any) -> Any:
    """A country is more than its code."""
    return getattr(value, "code", value)
