"""The only way to write to shipping: one function per use case."""

from shipping.actions.cancel import cancel_shipment, cancel_shipments_of
from shipping.actions.deliver import deliver_shipment, mark_failed, mark_in_transit, return_to_sender
from shipping.actions.dispatch import dispatch_shipment
from shipping.actions.open import open_shipments
from shipping.actions.pack import pack_shipment, unpack_shipment, update_shipment
from shipping.actions.split import split_shipment

__all__ = [
    "cancel_shipment",
    "cancel_shipments_of",
    "deliver_shipment",
    "dispatch_shipment",
    "mark_failed",
    "mark_in_transit",
    "open_shipments",
    "pack_shipment",
    "return_to_sender",
    "split_shipment",
    "unpack_shipment",
    "update_shipment",
]
