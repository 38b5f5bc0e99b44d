"""Which rows the console looks for, each by an index."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from django.utils import timezone

from orders.models import Hold, OrderLine


def open_holds(order_id: uuid.UUID) -> QuerySet[Hold]:
    return Hold.objects.filter(order_id=order_id, lifted_at=None)


def held_order_ids() -> QuerySet[Hold, uuid.UUID]:
    """Orders with a hold that still holds."""
    holding = Hold.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), lifted_at=None)
    return holding.order_by().values_list("order_id", flat=True)


def order_ids_with_sku(sku: str, at_most: int) -> list[uuid.UUID]:
    """The newest orders that have a line of exactly this SKU."""
    lines = OrderLine.objects.filter(sku=sku).order_by("-order_id")
    return list(lines.values_list("order_id", flat=True)[:at_most])
