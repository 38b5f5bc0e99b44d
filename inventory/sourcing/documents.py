"""A plan as plain values: what an order keeps of it, and what the API tells."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from inventory.sourcing.supply import Explained


def plan_document(explained: Explained) -> dict[str, Any]:
    plan = explained.plan
    return {
        "why": explained.why,
        "parcels": [
            {
                "location_id": str(parcel.place.id),
                "location_code": parcel.place.code,
                "units": _units(parcel.units, explained),
            }
            for parcel in plan.parcels
        ],
        "short": _units(plan.short, explained),
        "passed_over": [
            {
                "location_id": str(each.place.id),
                "location_code": each.place.code,
                "reason": each.reason,
                "detail": each.detail,
            }
            for each in explained.passed_over
        ],
        "passed_over_omitted": explained.omitted,
    }


def _units(units: Mapping[uuid.UUID, int], explained: Explained) -> list[dict[str, Any]]:
    return [
        {"variant_id": str(variant_id), "sku": explained.skus[variant_id], "quantity": count}
        for variant_id, count in units.items()
    ]
