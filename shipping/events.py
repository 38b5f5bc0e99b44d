"""What happened to a shipment. The subject is its order, so that all of it is one timeline."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class ShipmentEvent(DomainEvent):
    """`sequence` counts the order's shipments from 1."""

    shipment_id: uuid.UUID
    sequence: int


@dataclass(frozen=True)
class ShipmentOpened(ShipmentEvent):
    """`units`: one {line_id, quantity} per order line. `split_from_id` is the shipment whose units these were."""

    type: ClassVar[str] = "shipment.opened"
    location_id: uuid.UUID
    units: list[dict[str, Any]]
    split_from_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ShipmentUpdated(ShipmentEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "shipment.updated"
    changed: list[str]


@dataclass(frozen=True)
class ShipmentPacked(ShipmentEvent):
    type: ClassVar[str] = "shipment.packed"


@dataclass(frozen=True)
class ShipmentUnpacked(ShipmentEvent):
    type: ClassVar[str] = "shipment.unpacked"


@dataclass(frozen=True)
class ShipmentDispatched(ShipmentEvent):
    type: ClassVar[str] = "shipment.dispatched"
    estimated_delivery: dt.date | None
    units: list[dict[str, Any]]


@dataclass(frozen=True)
class ShipmentInTransit(ShipmentEvent):
    type: ClassVar[str] = "shipment.in_transit"


@dataclass(frozen=True)
class ShipmentFailed(ShipmentEvent):
    type: ClassVar[str] = "shipment.failed"


@dataclass(frozen=True)
class ShipmentDelivered(ShipmentEvent):
    type: ClassVar[str] = "shipment.delivered"


@dataclass(frozen=True)
class ShipmentReturned(ShipmentEvent):
    type: ClassVar[str] = "shipment.returned"
    restocked: bool


@dataclass(frozen=True)
class ShipmentCancelled(ShipmentEvent):
    type: ClassVar[str] = "shipment.cancelled"


@dataclass(frozen=True)
class ShipmentSplit(ShipmentEvent):
    """Some of its units went into another shipment."""

    type: ClassVar[str] = "shipment.split"
    into_id: uuid.UUID
