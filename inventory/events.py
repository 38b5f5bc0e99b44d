"""What happened to stock. Events about the units of an order are part of that order's timeline."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class StockReserved(DomainEvent):
    """`units`: one {line_id, variant_id, location_id, quantity} per line and location."""

    type: ClassVar[str] = "inventory.reserved"
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class StockReleased(DomainEvent):
    type: ClassVar[str] = "inventory.released"
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class StockBackordered(DomainEvent):
    """Units that the order waits for from now on. `units`: one {line_id, variant_id, quantity} per line."""

    type: ClassVar[str] = "inventory.backordered"
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class StockUndelivered(DomainEvent):
    """Units that the carrier brought back."""

    type: ClassVar[str] = "inventory.undelivered"
    units: list[dict[str, Any]]
    restocked: bool


@dataclass(frozen=True)
class ProductCreated(DomainEvent):
    type: ClassVar[str] = "product.created"


@dataclass(frozen=True)
class ProductUpdated(DomainEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "product.updated"
    changed: list[str]


@dataclass(frozen=True)
class VariantCreated(DomainEvent):
    """`prices`: minor units by currency."""

    type: ClassVar[str] = "variant.created"
    sku: str
    prices: dict[str, int]


@dataclass(frozen=True)
class VariantUpdated(DomainEvent):
    type: ClassVar[str] = "variant.updated"
    sku: str
    changed: list[str]


@dataclass(frozen=True)
class LocationCreated(DomainEvent):
    type: ClassVar[str] = "location.created"
    code: str


@dataclass(frozen=True)
class LocationUpdated(DomainEvent):
    type: ClassVar[str] = "location.updated"
    code: str
    changed: list[str]


@dataclass(frozen=True)
class _LevelChanged(DomainEvent):
    """Of a variant: `change` units at a location (its code), what it has had since, and the movement's id."""

    sku: str
    location_code: str
    change: int
    on_hand: int
    reserved: int
    movements: list[uuid.UUID]


@dataclass(frozen=True)
class StockReceived(_LevelChanged):
    type: ClassVar[str] = "inventory.received"


@dataclass(frozen=True)
class StockAdjusted(_LevelChanged):
    type: ClassVar[str] = "inventory.adjusted"


@dataclass(frozen=True)
class StockScrapped(_LevelChanged):
    type: ClassVar[str] = "inventory.scrapped"


@dataclass(frozen=True)
class StockTransferred(DomainEvent):
    """Of a variant: units that went from one location (its code) to another; a movement out, a movement in."""

    type: ClassVar[str] = "inventory.transferred"
    sku: str
    from_location_code: str
    to_location_code: str
    quantity: int
    movements: list[uuid.UUID]
