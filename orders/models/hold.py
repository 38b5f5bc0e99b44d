from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils import timezone

from core.ids import new_id
from orders.models.order import Order
from orders.querysets import HoldQuerySet
from orders.statuses import HoldReason


class Hold(models.Model):
    """Something to settle first.

    It refuses release and dispatch and destroys no state; past its expiry it holds nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=20, choices=HoldReason)
    note = models.CharField(max_length=500, blank=True, default="")
    owner = models.CharField(max_length=170, help_text="Who placed it and answers for it.")
    placed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=170, blank=True, default="")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]
        indexes = [
            models.Index(fields=["order"], name="hold_open_of_order", condition=models.Q(lifted_at=None)),
            models.Index(
                fields=["expires_at"],
                name="hold_open_by_expiry",
                condition=models.Q(lifted_at=None, expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} hold"

    def is_in_force(self, now: dt.datetime) -> bool:
        """Neither lifted nor past its expiry."""
        return self.lifted_at is None and (self.expires_at is None or self.expires_at > now)
