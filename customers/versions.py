"""What version documents say: of a customer who they are, where they live and how they are treated, all of it personal;
of a group
and of a credit account nothing personal."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from customers.models import Address, CreditAccount, Customer, CustomerGroup

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


def credit_content(account: CreditAccount) -> dict[str, Any]:
    return {"currency": account.currency, "limit": account.limit, "days_to_pay": account.days_to_pay}


def _plain(value: Any) -> Any:
    """A country is more than its code."""
    return getattr(value, "code", value)
