"""Drafts: their stock is kept for a while, and they are placed later."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.utils import timezone

from core.actors import Actor
from core.operations import performs
from core.transactions import action
from orders.actions.place.asked import NewOrder
from orders.actions.place.building import build_order
from orders.actions.place.storing import store_order
from orders.actions.reserve import reserve_missing
from orders.events import OrderPlaced
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import PLACE
from orders.payments.actions import move_money
from orders.payments.statuses import LedgerKind
from orders.statuses import OrderStatus


@action
def create_draft(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """Create a draft: its stock is reserved until `reserved_until` and nothing is charged yet.

    Raises as place_order.
    """
    order, lines = build_order(new, client_id, OrderStatus.DRAFT)
    order.reserved_until = order.created_at + dt.timedelta(minutes=settings.DRAFT_RESERVATION_MINUTES)
    return store_order(order, lines, actor)


@performs(PLACE)
@action
def place_draft(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Turn a draft into a placed order.

    Stock that its expired reservation gave up, or that it waits for, is reserved now, backordered or refused with the
    shortage, as its variants say.
    """
    order = lock_order(order_id, expected_version=expected_version)
    order.place(at=timezone.now())
    reserve_missing(order, actor)
    move_money(order, OrderPlaced(money={LedgerKind.CHARGED.value: order.total}), actor=actor)
    save_order(order, "status", "placed_at", "reserved_until")
    return order
