"""What other apps may read of taxes: the table, what it comes to, and outside services that say so instead."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import F
from django.db.models.functions import Lower

from core.text import fold
from taxes.calculation import (
    EXEMPT,
    NO_RATES,
    REVERSE_CHARGE,
    STANDARD,
    NamedRate,
    RateRule,
    Tax,
    Taxable,
    TaxBuyer,
    Taxed,
    TaxRequest,
    TaxTable,
    half_up,
    without_tax,
)
from taxes.destinations import Destination
from taxes.models import TaxClass, TaxCountry, TaxRate
from taxes.providers import TABLE, OutsideTaxes, TaxProvider, provider_names

__all__ = [
    "EXEMPT",
    "NO_RATES",
    "REVERSE_CHARGE",
    "STANDARD",
    "TABLE",
    "Destination",
    "NamedRate",
    "OutsideTaxes",
    "RateRule",
    "Tax",
    "TaxBuyer",
    "TaxProvider",
    "TaxRequest",
    "TaxTable",
    "Taxable",
    "Taxed",
    "half_up",
    "known_tax_classes",
    "provider_names",
    "tax_classes",
    "tax_classes_of",
    "tax_table",
    "without_tax",
]

_RATE = ("region", "postal_prefix", "name", "rate", "valid_from", "valid_until")


def tax_table() -> TaxTable:
    """All rates and countries, in two statements. It changes with the mark of the ruleset "prices"."""
    rows = TaxRate.objects.order_by("id").values(*_RATE, code=F("country"), tax_class_code=F("tax_class__code"))
    rates = [
        RateRule(
            country=str(row["code"]),
            tax_class=row["tax_class_code"],
            **{name: row[name] for name in _RATE if name != "rate"},
            rate=row["rate"].normalize(),
        )
        for row in rows
    ]
    return TaxTable(rates, dict(TaxCountry.objects.order_by().values_list("country", "rounding")))


def tax_classes_of(codes: Collection[str]) -> dict[str, TaxClass]:
    """The classes among `codes`, by the code as it is asked for: in any letter case."""
    known = TaxClass.objects.annotate(folded=Lower("code")).filter(folded__in={fold(code) for code in codes})
    found = {fold(row.code): row for row in known.order_by()}
    return {code: found[fold(code)] for code in codes if fold(code) in found}


def known_tax_classes(class_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are tax classes."""
    return set(TaxClass.objects.filter(pk__in=class_ids).order_by().values_list("pk", flat=True))


def tax_classes() -> list[tuple[str, str]]:
    """(code, name) of each, to choose from."""
    return list(TaxClass.objects.order_by("code").values_list("code", "name"))
