"""In the warehouse: packing, unpacking, and what is written on the shipment."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TypedDict, Unpack

from django.utils import timezone

from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput
from core.operations import done_already, performs, require
from core.transactions import action
from shipping.actions.locking import lock_shipment, save
from shipping.events import ShipmentPacked, ShipmentUnpacked, ShipmentUpdated
from shipping.models import Shipment
from shipping.operations import EDIT, PACK, UNPACK


class Writing(TypedDict, total=False):
    """What is written on a shipment; a key that is absent leaves its field as it is."""

    carrier: str
    tracking_number: str
    estimated_delivery: dt.date | None
    notes: str


@performs(PACK)
@action
def pack_shipment(shipment_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Shipment:
    """The goods are in the box; packed already, it stays as it is. Raises OperationRefused."""
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, PACK):
        return shipment
    shipment.pack(at=timezone.now())
    save(shipment, ShipmentPacked(shipment.pk, shipment.sequence), actor=actor)
    return shipment


@performs(UNPACK)
@action
def unpack_shipment(shipment_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Shipment:
    """The goods are taken out again; not packed, it stays as it is. Raises OperationRefused."""
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    if done_already(shipment, UNPACK):
        return shipment
    shipment.unpack()
    save(shipment, ShipmentUnpacked(shipment.pk, shipment.sequence), actor=actor)
    return shipment


@performs(EDIT)
@action
def update_shipment(
    shipment_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None, **writing: Unpack[Writing]
) -> Shipment:
    """Change what is written on a shipment that is not closed; the same values again change nothing and record nothing.

    Raises OperationRefused, and InvalidInput when a dispatched shipment would be left without a carrier.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    require(shipment, EDIT)
    if shipment.dispatched_at is not None and writing.get("carrier") == "":
        raise InvalidInput.at("/carrier", "required", "A shipment that was dispatched has a carrier.")
    changed = sorted(apply_changes(shipment, writing, Writing))
    if changed:
        save(shipment, ShipmentUpdated(shipment.pk, shipment.sequence, changed), actor=actor)
    return shipment
