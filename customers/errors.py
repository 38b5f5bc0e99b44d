"""The errors that customers' actions raise."""

from __future__ import annotations

import uuid

from core.errors import DomainError


class CustomerGroupExists(DomainError):
    """Another group of the storefront has this code."""

    code = "customer_group_exists"
    title = "Customer group exists"

    def __init__(self, *, group_code: str, group_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a customer group {group_code} already.",
            unblock="Use the group that exists, or choose another code.",
            group_id=str(group_id),
        )


class CustomerExists(DomainError):
    """Another customer of the storefront has this e-mail or reference."""

    code = "customer_exists"
    title = "Customer exists"

    def __init__(self, *, field: str, value: str, customer_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a customer with the {field} {value} already.",
            unblock="Use the customer that exists.",
            field=field,
            customer_id=str(customer_id),
        )
