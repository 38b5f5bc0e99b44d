"""Reactions to what happens to orders."""

from __future__ import annotations

from core.actors import Actor
from core.events import Envelope
from core.relay import subscribe
from shipping.actions import cancel_shipments_of, open_shipments

_ACTOR = Actor.system("shipping")


# One handler for both, so that an order's cancellation and release are handled in the order in which they happened.
@subscribe(["order.released", "order.canceled"], name="shipping.follow_orders")
def follow_orders(event: Envelope) -> None:
    """Open the shipments of a released order, cancel those of a cancelled one. Both look at the order as it is now."""
    if event.type == "order.released":
        open_shipments(event.subject_id, actor=_ACTOR)
    else:
        cancel_shipments_of(event.subject_id, actor=_ACTOR)
