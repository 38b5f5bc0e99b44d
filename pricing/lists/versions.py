"""What a price list's version documents say, nothing of it personal. Its prices are in none: they may be a million."""

from __future__ import annotations

from typing import Any

from pricing.lists.models import PriceList

_FIELDS = ("code", "name", "currency", "prices_include_tax", "priority", "starts_at", "ends_at", "active")


def content_of(price_list: PriceList) -> dict[str, Any]:
    return {name: getattr(price_list, name) for name in _FIELDS} | {"group_ids": price_list.group_ids}
