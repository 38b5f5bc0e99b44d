"""The errors that actions on price lists raise."""

from __future__ import annotations

import uuid

from core.errors import DomainError


class PriceListExists(DomainError):
    """Another price list of the storefront has this code."""

    code = "price_list_exists"
    title = "Price list exists"

    def __init__(self, *, list_code: str, price_list_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a price list {list_code} already.",
            unblock="Change the list that exists, or choose another code.",
            price_list_id=str(price_list_id),
        )
