"""Instalments as JSON values."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from orders.instalments.models import Instalment
from orders.instalments.queries import instalments_of


def instalment_document(instalment: Instalment) -> dict[str, Any]:
    """What is left of it and whether it is overdue are so now: by what is due of its order, and the server's day."""
    fields = ("position", "due_on", "amount", "outstanding")
    document = {name: getattr(instalment, name) for name in fields}
    return {
        **document,
        "is_overdue": instalment.is_overdue(timezone.localdate()),
        "currency": instalment.order.currency,
    }


def instalments_by_order(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What `?expand=instalments` adds to orders."""
    found: defaultdict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for instalment in instalments_of(order_ids):
        found[instalment.order_id].append(instalment_document(instalment))
    return found
