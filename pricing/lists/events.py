"""What happened to price lists. What their prices are, the lists themselves tell: events count them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class PriceListCreated(DomainEvent):
    type: ClassVar[str] = "price_list.created"
    client: uuid.UUID
    code: str
    currency: str


@dataclass(frozen=True)
class PriceListUpdated(DomainEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "price_list.updated"
    changed: list[str]


@dataclass(frozen=True)
class PricesSet(DomainEvent):
    """`prices`: how many are new, or other than before."""

    type: ClassVar[str] = "price_list.prices_set"
    prices: int


@dataclass(frozen=True)
class PricesRemoved(DomainEvent):
    type: ClassVar[str] = "price_list.prices_removed"
    prices: int
