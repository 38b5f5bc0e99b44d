"""Where the units of orders were taken from, as JSON values."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from orders.models import SourcingPlan


def plans_by_order(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What `?expand=sourcing` adds to orders: the plans by which their units were reserved, the oldest first."""
    found: defaultdict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for plan in SourcingPlan.objects.filter(order_id__in=order_ids):
        found[plan.order_id].append(_document(plan))
    return dict(found)


def _document(plan: SourcingPlan) -> dict[str, Any]:
    names = ("rules", "why", "parcels", "short", "passed_over", "passed_over_omitted", "version", "created_at")
    return {**{name: getattr(plan, name) for name in names}, "actor": asdict(plan.actor)}
