"""Changing what an order says about itself: contact, addresses, terms, tags; and notes between colleagues."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from core.actors import Actor
from core.outbox import record
from core.transactions import action
from orders.actions.locking import keep_version_of, lock_live_order, save_order
from orders.errors import OrderNotEditable
from orders.events import NoteAdded, OrderUpdated
from orders.models import Order, OrderNote
from orders.statuses import OrderStatus

ALWAYS_EDITABLE = frozenset({"tags", "metadata"})
UNTIL_SHIPPED = frozenset({"email", "shipping_address", "billing_address", "shipping_method", "payment_terms"})
OPEN = {OrderStatus.DRAFT, OrderStatus.PLACED, OrderStatus.PROCESSING}


@action
def update_order(
    order_id: uuid.UUID, changes: Mapping[str, Any], *, actor: Actor, expected_version: int | None = None
) -> Order:
    """Set the given fields; what is the same already changes nothing and records nothing.

    Raises OrderNotEditable for fields that are settled once the goods have left or the order is closed.
    """
    order = lock_live_order(order_id, expected_version=expected_version)
    changed = {name: value for name, value in changes.items() if getattr(order, name) != value}
    settled = sorted(changed.keys() - ALWAYS_EDITABLE) if order.status not in OPEN else []
    if settled:
        raise OrderNotEditable(settled, state=order.status)
    if changed:
        for name, value in changed.items():
            setattr(order, name, value)
        save_order(order, *changed)
        record(OrderUpdated(changed=sorted(changed)), subject=order, actor=actor)
        keep_version_of(order)
    return order


@action
def add_note(order_id: uuid.UUID, *, body: str, actor: Actor, expected_version: int | None = None) -> OrderNote:
    """Leave a note for colleagues; customers never see it."""
    order = lock_live_order(order_id, expected_version=expected_version)
    note = OrderNote.objects.create(order=order, body=body, author=str(actor))
    record(NoteAdded(note=note.pk), subject=order, actor=actor)
    return note
