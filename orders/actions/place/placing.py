"""Placing an order at once."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.transactions import action, step
from orders.actions.place.asked import NewOrder
from orders.actions.place.building import build_order
from orders.actions.place.storing import store_order
from orders.models import Order
from orders.statuses import OrderStatus


@action
def place_order(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """Create a placed order: its stock is reserved (or backordered, where the variant lets it wait) and its total
    charged, or nothing happens.

    Raises InvalidInput for unknown SKUs, prices or customers, DuplicateReference, OutOfStock.
    """
    return place(new, client_id=client_id, actor=actor)


@step
def place(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """As place_order, for an action of a room above that places an order among other things."""
    order, lines = build_order(new, client_id, OrderStatus.PLACED)
    order.placed_at = new.placed_at or order.created_at
    return store_order(order, lines, actor)
