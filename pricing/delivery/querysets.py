from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from pricing.delivery.models import DeliveryMethod  # noqa: F401


class DeliveryMethodQuerySet(models.QuerySet["DeliveryMethod"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)

    def with_codes(self) -> Self:
        """Each with its location and tax class, in the same statement."""
        return self.select_related("location", "tax_class")

    def with_rates(self) -> Self:
        """Each with its rates in their order: one more statement."""
        return self.prefetch_related("rates")
