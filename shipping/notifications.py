"""What we say to customers about their parcels, from templates/shipping/email/."""

from __future__ import annotations

import uuid

import storefronts.queries
from core.events import Envelope
from core.messages import send_once
from orders.queries import Parcel
from shipping.carriers import tracking_url
from shipping.models import Shipment
from shipping.queries import shipments_of


def parcels_of(order_id: uuid.UUID) -> list[Parcel]:
    """What has left of an order and wasn't brought back, the first first."""
    return [_parcel(shipment) for shipment in shipments_of(order_id) if shipment.has_left]


def send_parcel_mail(event: Envelope) -> bool:
    """Tell of one parcel of an order, of which others follow, once. Returns whether it was sent now.

    An order that has shipped meanwhile gets none: its e-mail of that tells of all parcels.
    """
    shipment = Shipment.objects.with_contents().select_related("order__client").get(pk=event.data["shipment_id"])
    order = shipment.order
    if not order.email or not order.is_open:
        return False
    sells = storefronts.queries.settings_of(order.client_id)
    return send_once(
        event_id=event.id,
        kind="parcel_dispatched",
        recipient=order.email,
        template="shipping/email/parcel",
        context={"order": order, "storefront": order.client.name, "parcels": [_parcel(shipment)]},
        sender=sells.sender,
        reply_to=sells.reply_to,
    )


def _parcel(shipment: Shipment) -> Parcel:
    return Parcel(
        shipment.carrier,
        shipment.tracking_number,
        tracking_url(shipment.carrier, shipment.tracking_number),
        [(line.quantity, line.order_line.name) for line in shipment.lines.all()],
    )
