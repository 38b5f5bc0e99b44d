"""The errors that shipping's actions raise."""

from __future__ import annotations

from core.errors import DomainError


class ShipmentClosed(DomainError):
    code = "shipment_closed"
    title = "Shipment closed"

    def __init__(self, state: str) -> None:
        super().__init__(
            f"The shipment is {state}; nothing about it changes any more.",
            unblock="Nothing: add a note to the order instead.",
            state=state,
        )


class ShipmentNotSplittable(DomainError):
    code = "shipment_not_splittable"
    title = "Shipment not splittable"


class NothingToShip(DomainError):
    """No unit of the order waits for a shipment."""

    code = "nothing_to_ship"
    title = "Nothing to ship"

    def __init__(self, order_state: str) -> None:
        if order_state == "processing":
            detail = "Every reserved unit of the order is in a shipment already."
            unblock = "Split or cancel a shipment whose units should go another way."
        else:
            detail = f"The order is {order_state}; shipments are opened while it is processing."
            unblock = "Release the order first."
        super().__init__(detail, unblock=unblock, state=order_state)
