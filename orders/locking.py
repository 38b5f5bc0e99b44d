"""How every action on an order begins and ends: lock the order first, save it with its derived statuses last."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db.models import prefetch_related_objects
from django.utils import timezone

from core.errors import NotFound, StaleVersion
from core.transactions import step
from core.versions import keep_version
from orders.derivation import derive_statuses
from orders.models import Order, OrderLine
from orders.versions import content_of

COUNTERS = ("cancelled", "reserved", "backordered", "shipped", "delivered", "undelivered", "returned")


@step
def lock_order(order_id: uuid.UUID, *, expected_version: int | None = None) -> Order:
    """The order under its row lock, with its lines: the first lock of any action.

    Raises NotFound when there is none, StaleVersion when the caller acted upon another version.
    """
    order = Order.objects.locked().filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    if expected_version is not None and expected_version != order.version:
        raise StaleVersion(expected=expected_version, actual=order.version)
    prefetch_related_objects([order], "lines")
    return order


@step
def lock_orders(order_ids: Collection[uuid.UUID]) -> list[Order]:
    """As lock_order, of many: by ascending key."""
    return list(Order.objects.locked().filter(pk__in=order_ids).order_by("pk").prefetch_related("lines"))


def lines_of(order: Order) -> Sequence[OrderLine]:
    """The order's lines as loaded under its lock."""
    return list(order.lines.all())


@step
def save_order(order: Order, *fields: str) -> None:
    """Write the named fields, the money columns and the derived statuses."""
    derive_statuses(order, lines_of(order))
    order.updated_at = timezone.now()
    derived = ("payment_status", "fulfilment_status", "return_status", "updated_at")
    order.save(update_fields=[*fields, *derived])


@step
def keep_version_of(order: Order) -> None:
    """Keep what the order says as of the event just recorded: after every event that changes its content."""
    keep_version(content_of(order, lines_of(order)), subject=order)


@step
def save_counters(lines: Iterable[OrderLine], *also: str) -> None:
    """Write the units of the lines, and the other columns that are named."""
    OrderLine.objects.bulk_update(list(lines), [*COUNTERS, *also])
