"""What happened to delivery methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class DeliveryMethodCreated(DomainEvent):
    type: ClassVar[str] = "delivery_method.created"
    code: str
    kind: str


@dataclass(frozen=True)
class DeliveryMethodUpdated(DomainEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "delivery_method.updated"
    code: str
    changed: list[str]


@dataclass(frozen=True)
class DeliveryRatesSet(DomainEvent):
    """`rates`: how many it has since."""

    type: ClassVar[str] = "delivery_method.rates_set"
    code: str
    rates: int
