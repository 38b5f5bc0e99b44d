"""Reactions to what happens to orders."""

from __future__ import annotations

from core.actors import Actor
from core.events import Envelope
from core.lanes import MAIL
from core.relay import subscribe
from orders.actions import capture_shipped
from shipping.actions import cancel_shipments_of, open_shipments
from shipping.notifications import send_parcel_mail

_ACTOR = Actor.system("shipping")


# One handler for all, so that an order's cancellation and release are heard in the order in which they happened.
@subscribe(
    ["order.released", "order.canceled", "order.backorder_filled", "inventory.backordered"],
    name="shipping.follow_orders",
)
def follow_orders(event: Envelope) -> None:
    """Cancel the shipments of a cancelled order; else put what a released one keeps reserved into shipments, and cancel
    those whose units it lost. Both look at the order as it is now."""
    if event.type == "order.canceled":
        cancel_shipments_of(event.subject_id, actor=_ACTOR)
    else:
        open_shipments(event.subject_id, actor=_ACTOR)


@subscribe("shipment.dispatched", name="shipping.capture_parcel")
def capture_parcel(event: Envelope) -> None:
    """Money that cards have set aside is taken as the goods leave."""
    capture_shipped(event.subject_id, actor=_ACTOR)


@subscribe("shipment.dispatched", name="shipping.mail_parcel", lane=MAIL)
def mail_parcel(event: Envelope) -> None:
    """The last parcel of an order is told of with `order.shipped`, by orders."""
    send_parcel_mail(event)
