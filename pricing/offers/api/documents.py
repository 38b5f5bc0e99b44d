"""Offers and their codes as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pricing.offers.models import OfferCode

_AS_IT_IS = (
    "code", "label", "kind", "automatic", "state", "buy_quantity", "get_quantity", "product_ids", "variant_ids",
    "minimum_quantity", "group_ids", "combinable", "priority", "total_limit", "limit_per_customer", "starts_at",
    "ends_at", "active", "version", "created_at", "updated_at",
)  # fmt: skip


def show_offer(offer: Any) -> dict[str, Any]:
    """Of an offer with its state, count and targets."""
    return {
        "id": offer.pk,
        **{name: getattr(offer, name) for name in _AS_IT_IS},
        "percentage": None if offer.percentage is None else f"{offer.percentage:.2f}",
        "amounts": _amounts(offer.amounts),
        "minimum_amounts": _amounts(offer.minimum_amounts),
        "used": offer.count.used,
    }


def show_code(code: OfferCode) -> dict[str, Any]:
    shown = {name: getattr(code, name) for name in ("code", "use_limit", "used", "active", "created_at")}
    return {"id": code.pk, **shown}


def show_codes(codes: Iterable[OfferCode]) -> dict[str, Any]:
    return {"codes": [show_code(code) for code in codes]}


def _amounts(amounts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"currency": currency, "amount": amounts[currency]} for currency in sorted(amounts)]
