"""What the version documents of tax tables say. None of it is personal."""

from __future__ import annotations

from typing import Any

from taxes.models import TaxClass, TaxCountry, TaxRate


def class_content(tax_class: TaxClass) -> dict[str, Any]:
    return {"code": tax_class.code, "name": tax_class.name}


def country_content(row: TaxCountry) -> dict[str, Any]:
    return {"country": str(row.country), "rounding": str(row.rounding)}


def rate_content(rate: TaxRate) -> dict[str, Any]:
    """`rate` is a decimal fraction of six digits: "0.190000"."""
    content = {name: getattr(rate, name) for name in ("region", "postal_prefix", "name", "valid_from", "valid_until")}
    return {
        **content,
        "country": str(rate.country),
        "tax_class_code": rate.tax_class.code,
        "rate": f"{rate.rate:.6f}",
    }
