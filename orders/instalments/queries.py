"""What the API and the console may read of instalments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from orders.instalments.models import Instalment


def instalments_of(order_ids: Sequence[uuid.UUID]) -> QuerySet[Instalment]:
    """With their orders, the earliest of an order first."""
    return Instalment.objects.filter(order_id__in=order_ids).select_related("order").order_by("order_id", "position")
