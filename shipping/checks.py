"""Conditions on a shipment's order; the action has locked the order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orders.actions
from core.transitions import Blocker
from shipping.statuses import ShipmentStatus

if TYPE_CHECKING:
    from shipping.models import Shipment


def order_is_processing(shipment: Shipment) -> Blocker | None:
    """Its order is processing."""
    return _of_the_order(orders.actions.packing_blocker(shipment.order))


def order_allows_dispatch(shipment: Shipment) -> Blocker | None:
    """Its order is processing and not on hold."""
    return _of_the_order(orders.actions.dispatch_blocker(shipment.order))


def _of_the_order(blocker: Blocker | None) -> Blocker | None:
    """With the operations that it advises named as the order's."""
    if blocker is None:
        return None
    names = tuple(name if "." in name else f"order.{name}" for name in blocker.unblock_by)
    return replace(blocker, unblock_by=names)


def not_closed(shipment: Shipment) -> Blocker | None:
    """It is neither delivered, returned nor cancelled."""
    if not shipment.is_closed:
        return None
    state = shipment.get_status_display().lower()
    reason = f"The shipment is {state}; nothing about it changes any more."
    return Blocker(reason, "Nothing: add a note to the order instead.")


def not_packed(shipment: Shipment) -> Blocker | None:
    """It is pending."""
    if shipment.status == ShipmentStatus.PENDING:
        return None
    reason = f"The shipment is {shipment.get_status_display().lower()}; only a pending one can be split."
    if shipment.status == ShipmentStatus.PACKED:
        return Blocker(reason, "Unpack it first.", ("unpack",))
    return Blocker(reason, "Nothing: it is too late.")


def several_units(shipment: Shipment) -> Blocker | None:
    """It has two units or more."""
    if sum(line.quantity for line in shipment.lines.all()) > 1:
        return None
    return Blocker("The shipment has one unit only.", "Nothing to split off.")
