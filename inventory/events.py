"""What happened to stock. Events about the units of an order are part of that order's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class StockReserved(DomainEvent):
    """`units`: one {line, variant, location, quantity} per line and location."""

    type: ClassVar[str] = "inventory.reserved"
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class StockReleased(DomainEvent):
    type: ClassVar[str] = "inventory.released"
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class StockReturned(DomainEvent):
    type: ClassVar[str] = "inventory.returned"
    units: list[dict[str, Any]]
    restocked: bool
