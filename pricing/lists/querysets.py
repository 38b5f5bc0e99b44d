from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from pricing.lists.models import PriceList  # noqa: F401


class PriceListQuerySet(models.QuerySet["PriceList"]):
    def locked(self) -> Self:
        """The row lock without its key: prices refer to it."""
        return self.select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)

    def with_groups(self) -> Self:
        """With the customer groups that each is for: one more statement."""
        return self.prefetch_related("group_links")
