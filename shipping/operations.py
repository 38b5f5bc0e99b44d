"""What can be done to a shipment."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

import inventory.queries
import orders.actions
from core.operations import Operation, Route, declare_operations, makes
from core.transitions import Blocker, already
from shipping import authorities, checks
from shipping.models import Shipment, ShipmentLine
from shipping.statuses import NOT_DISPATCHED

PACK = makes(Shipment.pack, authority=authorities.PACK, route=Route("POST", "shipment-pack"))
UNPACK = makes(Shipment.unpack, authority=authorities.PACK, route=Route("POST", "shipment-unpack"))
DISPATCH = makes(Shipment.dispatch, authority=authorities.DISPATCH, route=Route("POST", "shipment-dispatch"))
MARK_IN_TRANSIT = makes(
    Shipment.mark_in_transit, authority=authorities.TRACK, route=Route("POST", "shipment-mark-in-transit")
)
DELIVER = makes(Shipment.deliver, authority=authorities.TRACK, route=Route("POST", "shipment-deliver"))
MARK_FAILED = makes(Shipment.mark_failed, authority=authorities.TRACK, route=Route("POST", "shipment-mark-failed"))
RETURN_TO_SENDER = makes(
    Shipment.return_to_sender, authority=authorities.RETURN, route=Route("POST", "shipment-return-to-sender")
)
CANCEL = makes(Shipment.cancel, authority=authorities.CANCEL, route=Route("POST", "shipment-cancel"))
EDIT = Operation("edit", "Edit", authorities.EDIT, checks=(checks.not_closed,), route=Route("PATCH", "shipment"))
SPLIT = Operation(
    "split",
    "Split",
    authorities.SPLIT,
    checks=(checks.not_packed, checks.several_units),
    route=Route("POST", "shipment-split"),
)


def units_wait(order: Any) -> Blocker | None:
    """The order is processing, and some of its reserved units are in no shipment."""
    blocker = orders.actions.packing_blocker(order)
    if blocker is not None:
        return blocker
    reserved = sum(kept.quantity for kept in inventory.queries.reservations_of(order.pk))
    boxed = ShipmentLine.objects.filter(shipment__order_id=order.pk, shipment__status__in=NOT_DISPATCHED)
    if reserved > (boxed.aggregate(units=Sum("quantity"))["units"] or 0):
        return None
    return already("Every reserved unit of the order is in a shipment already.")


OPEN_SHIPMENTS = Operation(
    "open_shipments",
    "Open shipments",
    authorities.PACK,
    checks=(units_wait,),
    route=Route("POST", "order-shipments"),
)

declare_operations("orders.order", OPEN_SHIPMENTS)
declare_operations(
    Shipment, PACK, UNPACK, DISPATCH, MARK_IN_TRANSIT, DELIVER, MARK_FAILED, RETURN_TO_SENDER, CANCEL, EDIT, SPLIT
)
