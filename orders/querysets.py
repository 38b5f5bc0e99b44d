from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from orders.models import Order


class OrderQuerySet(models.QuerySet["Order"]):
    def locked(self) -> Self:
        """Take the order's row lock: the first lock of every action on an order."""
        return self.select_for_update(of=("self",))

    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def reservation_expired(self, now: dt.datetime) -> Self:
        return self.filter(reserved_until__lte=now)

    def due_for_completion(self, delivered_before: dt.datetime) -> Self:
        return self.filter(status="delivered", delivered_at__lte=delivered_before)
