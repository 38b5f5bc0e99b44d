"""The errors that the actions of delivery methods raise."""

from __future__ import annotations

import uuid

from core.errors import DomainError


class DeliveryMethodExists(DomainError):
    code = "delivery_method_exists"
    title = "Delivery method exists"

    def __init__(self, code: str, method_id: uuid.UUID) -> None:
        super().__init__(
            f"The storefront has a delivery method {code} already.",
            unblock="Use another code, or change the method that exists.",
            method_id=str(method_id),
        )
