"""What an offer's version documents say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from pricing.offers.models import Offer

SAID = (
    "code", "label", "kind", "automatic", "percentage", "amounts", "buy_quantity", "get_quantity", "minimum_amounts",
    "minimum_quantity", "group_ids", "combinable", "priority", "total_limit", "limit_per_customer", "starts_at",
    "ends_at", "active",
)  # fmt: skip


def content_of(offer: Offer, product_ids: Collection[UUID], variant_ids: Collection[UUID]) -> dict[str, Any]:
    content = {name: getattr(offer, name) for name in SAID}
    percentage = None if offer.percentage is None else f"{offer.percentage:.2f}"
    targets = {"product_ids": sorted(product_ids), "variant_ids": sorted(variant_ids)}
    return {**content, "percentage": percentage, **targets}
