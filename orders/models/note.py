from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils import timezone

from core.ids import new_id
from core.models import Caused
from core.models.text import BlockField
from orders.models.order import Order


class OrderNote(Caused):
    """What a colleague should know about an order. Never shown to the customer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes")
    body = BlockField(max_length=5000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        ordering = ["-id"]
        triggers = [
            pgtrigger.ReadOnly(
                name="note_names_its_cause",
                fields=["id", "order", "actor_kind", "actor_id", "actor_name", "version", "created_at"],
            )
        ]

    def __str__(self) -> str:
        return self.body[:60]
