"""Promising another day for units that wait."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone

import storefronts.queries
from core.actors import Actor
from core.errors import InvalidInput
from core.operations import performs, require
from core.outbox import record
from core.transactions import action
from orders.events import PromiseChanged
from orders.locking import keep_version_of, lines_of, lock_order, save_counters, save_order
from orders.models import Order, OrderLine
from orders.operations import CHANGE_PROMISE


@performs(CHANGE_PROMISE)
@action
def change_promise(
    order_id: uuid.UUID,
    *,
    line_id: uuid.UUID,
    promised_on: dt.date,
    actor: Actor,
    expected_version: int | None = None,
) -> Order:
    """Promise the customer another day for the units of a line that wait; promised for that day already, it stays so.

    Raises OperationRefused while nothing waits, InvalidInput for a line that doesn't, and for a day that is over.
    """
    order = lock_order(order_id, expected_version=expected_version)
    line = _line(order, line_id)
    if line.promised_on == promised_on:
        return order
    require(order, CHANGE_PROMISE)
    _require_possible(order, line, promised_on)
    was, line.promised_on = line.promised_on, promised_on
    save_counters([line], "promised_on")
    save_order(order)
    record(PromiseChanged(line.pk, line.variant_id, was, promised_on), subject=order, actor=actor)
    keep_version_of(order)
    return order


def _line(order: Order, line_id: uuid.UUID) -> OrderLine:
    found = next((line for line in lines_of(order) if line.pk == line_id), None)
    if found is None:
        raise InvalidInput.at("/line_id", "unknown_line", "The order has no such line.")
    return found


def _require_possible(order: Order, line: OrderLine, promised_on: dt.date) -> None:
    if not line.backordered:
        raise InvalidInput.at("/line_id", "nothing_waits", f"No unit of {line.sku} waits for stock.")
    today = storefronts.queries.settings_of(order.client_id).day_of(timezone.now())
    if promised_on < today:
        raise InvalidInput.at("/promised_on", "in_the_past", f"Promise today, {today}, or a later day.")
