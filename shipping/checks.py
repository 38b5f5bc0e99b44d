"""Conditions on a shipment's order; the action has locked the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orders.actions
from core.transitions import Blocker

if TYPE_CHECKING:
    from shipping.models import Shipment


def order_is_processing(shipment: Shipment) -> Blocker | None:
    """Its order is processing."""
    status = shipment.order.status
    if status == "processing":
        return None
    return Blocker(f"The order is {status}; packing needs it to be processing.", "Release the order first.")


def order_allows_dispatch(shipment: Shipment) -> Blocker | None:
    """Its order is processing and not on hold."""
    return orders.actions.dispatch_blocker(shipment.order)
