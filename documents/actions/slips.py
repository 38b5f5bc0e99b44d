"""Packing slips, pick lists and return slips: of a shipment as it is now, as often as somebody wants one."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.errors import InvalidInput
from core.operations import performs, require
from core.transactions import action
from documents.actions.issuing import issue, setting_of
from documents.content import slip_of
from documents.models import Document
from documents.operations import ISSUE_SLIP
from documents.statuses import SLIPS
from orders.actions import lock_order
from shipping.queries import shipments_of


@performs(ISSUE_SLIP)
@action
def issue_slip(
    order_id: uuid.UUID, *, kind: str, shipment_id: uuid.UUID, actor: Actor, expected_version: int | None = None
) -> Document:
    """A new document with a new number each time. Raises InvalidInput for a shipment that isn't the order's and a kind
    that is no slip, OperationRefused for a draft."""
    if kind not in SLIPS:
        raise InvalidInput.at("/kind", "no_slip", f"A slip is one of {', '.join(SLIPS)}.")
    order = lock_order(order_id, expected_version=expected_version)
    require(order, ISSUE_SLIP)
    shipment = next((each for each in shipments_of(order_id) if each.pk == shipment_id), None)
    if shipment is None:
        raise InvalidInput.at("/shipment_id", "unknown_shipment", "The order has no such shipment.")
    setting = setting_of(order)
    return issue(order, setting, kind, slip_of(order, shipment, setting), shipment=shipment, actor=actor)
