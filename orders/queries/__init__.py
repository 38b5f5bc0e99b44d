"""What the API, the console and other apps may read of orders."""

from orders.queries.reading import (
    events_of,
    find_order,
    holds_of,
    money_as_of,
    notes_of,
    order_for_shipping,
    payments_of,
    require_order,
    servable_orders,
    visible_orders,
)

__all__ = [
    "events_of",
    "find_order",
    "holds_of",
    "money_as_of",
    "notes_of",
    "order_for_shipping",
    "payments_of",
    "require_order",
    "servable_orders",
    "visible_orders",
]
