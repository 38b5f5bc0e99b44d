from __future__ import annotations

from django.db import models
from django.utils import timezone

from core.ids import new_id
from orders.models.order import Order


class OrderNote(models.Model):
    """What a colleague should know about an order. Never shown to the customer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes")
    body = models.TextField(max_length=5000)
    author = models.CharField(max_length=170)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.body[:60]
