"""Delivery methods as JSON values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pricing.delivery.choosing import RateRule
from pricing.delivery.models import DeliveryMethod


def show_method(method: DeliveryMethod) -> dict[str, Any]:
    """Of a method out of DeliveryMethodQuerySet.with_codes()."""
    return {
        "id": method.pk,
        "code": method.code,
        "name": method.name,
        "kind": method.kind,
        "location_id": method.location_id,
        "location_code": method.location.code if method.location else None,
        "tax_class_id": method.tax_class_id,
        "tax_class_code": method.tax_class.code if method.tax_class else None,
        "prices_include_tax": method.prices_include_tax,
        "carrier": method.carrier,
        "min_days": method.min_days,
        "max_days": method.max_days,
        "position": method.position,
        "active": method.active,
        "version": method.version,
        "created_at": method.created_at,
        "updated_at": method.updated_at,
    }


def show_rates(rates: Iterable[RateRule]) -> dict[str, Any]:
    return {"rates": [asdict(rate) for rate in rates]}
