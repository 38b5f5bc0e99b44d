"""What the API, the console and other apps may read of orders."""

from orders.finding import (
    find_order,
    order_for_shipping,
    order_ids_called,
    require_order,
    taken_refs,
    visible_orders,
)
from orders.payments.queries import money_as_of, payments_of
from orders.pricing.booking import tax_in_words
from orders.queries.parcels import Parcel, parcels_of, register_parcels
from orders.queries.reading import Servable, events_of, holds_of, notes_of, servable_orders
from orders.refunds.queries import refunds_of

__all__ = [
    "Parcel",
    "Servable",
    "events_of",
    "find_order",
    "holds_of",
    "money_as_of",
    "notes_of",
    "order_for_shipping",
    "order_ids_called",
    "parcels_of",
    "payments_of",
    "refunds_of",
    "register_parcels",
    "require_order",
    "servable_orders",
    "taken_refs",
    "tax_in_words",
    "visible_orders",
]
