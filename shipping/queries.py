"""What the console and the API ask of shipping."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from core.errors import NotFound
from core.transitions import TransitionReport, report
from shipping.models import Shipment


def shipment_of(shipment_id: uuid.UUID, *, client_id: uuid.UUID | None = None) -> Shipment:
    """One shipment with its contents; of that storefront only, when one is named. Raises NotFound."""
    rows = Shipment.objects.all() if client_id is None else Shipment.objects.of_client(client_id)
    shipment = rows.with_contents().filter(pk=shipment_id).first()
    if shipment is None:
        raise NotFound("There is no such shipment.")
    return shipment


def is_visible(shipment_id: uuid.UUID, *, client_id: uuid.UUID | None) -> bool:
    """Whether there is such a shipment, of that storefront when one is named."""
    rows = Shipment.objects.all() if client_id is None else Shipment.objects.of_client(client_id)
    return rows.filter(pk=shipment_id).exists()


def shipments_of(order_id: uuid.UUID) -> list[Shipment]:
    """The shipments of one order with their contents, the first opened first."""
    return shipments_of_orders([order_id]).get(order_id, [])


def shipments_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Shipment]]:
    """As shipments_of, for many orders in as many statements as for one. An order without shipments is left out."""
    found: defaultdict[uuid.UUID, list[Shipment]] = defaultdict(list)
    for shipment in Shipment.objects.filter(order_id__in=order_ids).with_contents().order_by("order_id", "sequence"):
        found[shipment.order_id].append(shipment)
    return dict(found)


def transitions_of(shipment: Shipment) -> list[TransitionReport]:
    """What can happen to the shipment now, and why the rest cannot."""
    return report(shipment)
