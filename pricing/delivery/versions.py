"""What the version documents of delivery methods say: names, promises and rates as of a version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pricing.delivery.choosing import RateRule
from pricing.delivery.models import DeliveryMethod

_FIELDS = (
    "code", "name", "kind", "location_id", "tax_class_id", "prices_include_tax", "carrier", "min_days", "max_days",
    "position", "active",
)  # fmt: skip


def method_content(method: DeliveryMethod, rates: Iterable[RateRule]) -> dict[str, Any]:
    content = {name: getattr(method, name) for name in _FIELDS}
    return {**content, "rates": [asdict(rate) for rate in rates]}
