"""Orders and what belongs to them, as the API and other apps read them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence

from django.db.models import QuerySet, Sum

import inventory.queries
from core.errors import NotFound
from core.models import Event
from orders.models import Hold, LedgerEntry, Order, OrderLine, OrderNote, Payment
from orders.querysets import OrderQuerySet
from orders.statuses import ORDER_MONEY


def visible_orders(owner: uuid.UUID | None) -> OrderQuerySet:
    """Orders that are not deleted: one storefront's, or everybody's for None."""
    orders = Order.objects.live()
    return orders if owner is None else orders.filter(client_id=owner)


def find_order(order_id: uuid.UUID, owner: uuid.UUID | None) -> Order:
    """The order with what its operations look at.

    Raises NotFound alike for a missing, a deleted and another storefront's order.
    """
    order = visible_orders(owner).prefetch_related("lines", "holds", "payments").filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def require_order(order_id: uuid.UUID, owner: uuid.UUID | None) -> None:
    """Raises NotFound as find_order does."""
    if not visible_orders(owner).filter(pk=order_id).exists():
        raise NotFound("There is no such order.")


def order_for_shipping(order_id: uuid.UUID) -> Order:
    """The order as shipping shows it: number, storefront, status and address. Raises NotFound when there is none."""
    order = Order.objects.live().filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def servable_orders(at_most: int) -> list[uuid.UUID]:
    """The orders that wait for stock which is free now, the first placed first, as far as it reaches."""
    waiting = OrderLine.objects.backordered()
    free = Counter(inventory.queries.available(set(waiting.order_by().values_list("variant_id", flat=True).distinct())))
    free = +free
    found: dict[uuid.UUID, None] = {}
    rows = waiting.filter(variant_id__in=free).first_placed_first()
    for order_id, variant_id, units in rows.values_list("order_id", "variant_id", "backordered").iterator():
        if free[variant_id] > 0:
            free[variant_id] -= units
            found[order_id] = None
        if len(found) == at_most or not +free:
            break
    return list(found)


def events_of(order_id: uuid.UUID) -> QuerySet[Event]:
    """The order's timeline."""
    return Event.objects.filter(subject_type=Order.subject_type, subject_id=order_id)


def money_as_of(order_id: uuid.UUID, version: int) -> dict[str, int]:
    """The money columns of the order as they were when it had this version: the sums of its entries up to then."""
    entries = LedgerEntry.objects.filter(order_id=order_id, version__lte=version).order_by()
    sums = dict(entries.values_list("kind").annotate(Sum("amount")))
    return {
        column: sum(sign * sums.get(kind, 0) for kind, sign in kinds.items()) for column, kinds in ORDER_MONEY.items()
    }


def payments_of(order_ids: Sequence[uuid.UUID]) -> QuerySet[Payment]:
    return Payment.objects.filter(order_id__in=order_ids).order_by("id")


def holds_of(order_id: uuid.UUID) -> QuerySet[Hold]:
    return Hold.objects.filter(order_id=order_id)


def notes_of(order_id: uuid.UUID) -> QuerySet[OrderNote]:
    return OrderNote.objects.filter(order_id=order_id)
