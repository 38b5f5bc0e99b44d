"""Changing what an order says about itself: contact, addresses, terms, tags; and notes between colleagues."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from core.actors import Actor
from core.changes import apply_changes
from core.ids import new_id
from core.operations import OperationRefused, performs, require
from core.outbox import record
from core.transactions import action
from orders.actions.credit import take_credit_of
from orders.checks import has_address
from orders.events import NoteAdded, OrderUpdated
from orders.instalments.actions import follow_terms
from orders.locking import keep_version_of, lock_order, save_order
from orders.models import Order, OrderNote
from orders.operations import ADD_NOTE, EDIT_BILLING_ADDRESS, EDIT_CONTACT, EDIT_TAGS
from orders.statuses import OrderStatus

_EDITS = {"tags": EDIT_TAGS, "metadata": EDIT_TAGS, "billing_address": EDIT_BILLING_ADDRESS}
"""The operation that a field's change is, where it isn't EDIT_CONTACT."""


_WHERE_TO = {"shipping_address", "handover"}


class OrderChanges(TypedDict, total=False):
    """What may change of an order; all but the tags and the metadata are settled once it is no longer open."""

    email: str
    shipping_address: Mapping[str, Any]
    billing_address: Mapping[str, Any]
    handover: str
    shipping_method: str
    payment_terms: str
    metadata: Mapping[str, Any]
    tags: Sequence[str]


@action
def update_order(
    order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None, **changes: Unpack[OrderChanges]
) -> Order:
    """Set the given fields; what is the same already changes nothing and records nothing.

    Raises OperationRefused for fields that are settled once the goods have left or the order is closed, and where an
    order in the warehouse would be left without an address. A placed order that goes on account is refused as one that
    is placed so: NoCreditAccount, CreditLimitExceeded.
    """
    order = lock_order(order_id, expected_version=expected_version)
    changed = apply_changes(order, changes, OrderChanges)
    made = {EDIT_TAGS, *(_EDITS.get(name, EDIT_CONTACT) for name in changed)}
    if order.status == OrderStatus.PROCESSING and _WHERE_TO & changed.keys():
        _require_address(order)
    for operation in (each for each in (EDIT_TAGS, EDIT_CONTACT, EDIT_BILLING_ADDRESS) if each in made):
        require(order, operation)
    if changed:
        save_order(order, *changed)
        if "payment_terms" in changed and order.placed_at:
            follow_terms(order, actor=actor)
        record(OrderUpdated(changed=sorted(changed)), subject=order, actor=actor)
        keep_version_of(order)
    if "payment_terms" in changed and order.placed_at is not None:
        take_credit_of(order)
    return order


def _require_address(order: Order) -> None:
    blocker = has_address(order)
    if blocker is not None:
        raise OperationRefused(order, EDIT_CONTACT, blocker)


@performs(ADD_NOTE)
@action
def add_note(order_id: uuid.UUID, *, body: str, actor: Actor, expected_version: int | None = None) -> OrderNote:
    """Leave a note for colleagues; customers never see it."""
    order = lock_order(order_id, expected_version=expected_version)
    require(order, ADD_NOTE)
    note_id = new_id()
    record(NoteAdded(note_id), subject=order, actor=actor)
    return OrderNote.objects.create(id=note_id, order=order, body=body, version=order.version, **actor.columns())
