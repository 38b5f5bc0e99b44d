"""Tax tables, made by the real actions alone, and requests to be taxed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from core.actors import Actor
from taxes.actions import create_tax_class, create_tax_country, create_tax_rate
from taxes.calculation import RateRule, Taxable, TaxBuyer, TaxRequest
from taxes.destinations import Destination
from taxes.models import TaxClass, TaxCountry, TaxRate

ACTOR = Actor.system("test")
SINCE = dt.date(2020, 1, 1)
DAY = dt.date(2026, 5, 1)


def a_tax_class(code: str = "books", name: str = "Books") -> TaxClass:
    return create_tax_class(code=code, name=name, actor=ACTOR)


def a_tax_country(country: str = "DE", rounding: str = "total") -> TaxCountry:
    return create_tax_country(country=country, rounding=rounding, actor=ACTOR)


def a_tax_rate(country: str = "DE", rate: str = "0.19", **fields: Any) -> TaxRate:
    given = {"tax_class_code": "standard", "name": "VAT", "valid_from": SINCE, **fields}
    return create_tax_rate(country=country, rate=Decimal(rate), actor=ACTOR, **given)


def a_rule(country: str, rate: str, tax_class: str = "standard", name: str = "VAT", **fields: Any) -> RateRule:
    base = {"region": "", "postal_prefix": "", "valid_from": SINCE, **fields}
    return RateRule(country=country, tax_class=tax_class, name=name, rate=Decimal(rate), **base)


def a_request(
    *items: tuple[int, str] | int,
    to: Destination | str = "DE",
    seller: str = "DE",
    currency: str = "EUR",
    included: bool = True,
    buyer: TaxBuyer | None = None,
    on: dt.date = DAY,
) -> TaxRequest:
    """Of items (amount, class), or amounts of the standard class; their keys are "1", "2", …"""
    pairs = [item if isinstance(item, tuple) else (item, "standard") for item in items]
    return TaxRequest(
        currency=currency,
        on=on,
        seller=Destination(seller),
        destination=to if isinstance(to, Destination) else Destination(to),
        buyer=buyer or TaxBuyer(),
        items=[
            Taxable(str(number), amount, tax_class, included) for number, (amount, tax_class) in enumerate(pairs, 1)
        ],
    )
