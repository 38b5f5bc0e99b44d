"""What happened to tax tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class TaxClassCreated(DomainEvent):
    type: ClassVar[str] = "tax_class.created"
    code: str


@dataclass(frozen=True)
class TaxClassUpdated(DomainEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "tax_class.updated"
    code: str
    changed: list[str]


@dataclass(frozen=True)
class TaxCountryCreated(DomainEvent):
    type: ClassVar[str] = "tax_country.created"
    country: str
    rounding: str


@dataclass(frozen=True)
class TaxCountryUpdated(DomainEvent):
    type: ClassVar[str] = "tax_country.updated"
    country: str
    rounding: str


@dataclass(frozen=True)
class TaxRateCreated(DomainEvent):
    """`rate` is a decimal fraction: "0.19"."""

    type: ClassVar[str] = "tax_rate.created"
    country: str
    tax_class_code: str
    rate: str
    valid_from: dt.date
    valid_until: dt.date | None


@dataclass(frozen=True)
class TaxRateUpdated(DomainEvent):
    type: ClassVar[str] = "tax_rate.updated"
    country: str
    changed: list[str]


@dataclass(frozen=True)
class TaxRateEnded(DomainEvent):
    """`valid_until` is the last day on which it holds."""

    type: ClassVar[str] = "tax_rate.ended"
    country: str
    valid_until: dt.date
