"""What belongs to an order, and which orders can be served, as the API, the console and the clocks read them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

import inventory.queries
from core.models import Event
from inventory.queries import FreeStock, Sourcing
from orders.models import Hold, Order, OrderLine, OrderNote
from storefronts.queries import settings_of_each


@dataclass(frozen=True)
class Servable:
    """An order that waits, and the variants of which something is left for it once those before it are served."""

    order_id: uuid.UUID
    variant_ids: frozenset[uuid.UUID]


def servable_orders(at_most: int) -> list[Servable]:
    """The orders that wait for stock which is free now, the first placed first, as far as it reaches."""
    waiting = OrderLine.objects.backordered()
    free = FreeStock(waiting.order_by().values_list("variant_id", flat=True).distinct())
    lines = waiting.filter(variant_id__in=free.variant_ids)
    rules = _rules_by_storefront(lines)
    begun = _begun(lines, [client_id for client_id, each in rules.items() if each and each.never_splits])
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    rows = lines.first_placed_first().values_list("order_id", "variant_id", "backordered", "order__client_id")
    for order_id, variant_id, units, client_id in rows.iterator():
        if free.deal(variant_id, units, rules[client_id], begun.get(order_id, ())):
            found[order_id].add(variant_id)
        if len(found) == at_most or not free.variant_ids:
            break
    return [Servable(order_id, frozenset(variants)) for order_id, variants in found.items()]


def _rules_by_storefront(lines: QuerySet[OrderLine]) -> dict[uuid.UUID, Sourcing | None]:
    """Without destinations: which locations may send doesn't depend on them."""
    client_ids = lines.order_by().values_list("order__client_id", flat=True).distinct()
    return {pk: Sourcing.of(rules.sourcing, {}) for pk, rules in settings_of_each(client_ids).items()}


def _begun(lines: QuerySet[OrderLine], client_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Where orders of these storefronts keep units already."""
    if not client_ids:
        return {}
    order_ids = lines.filter(order__client_id__in=client_ids).order_by().values_list("order_id", flat=True).distinct()
    return inventory.queries.locations_of_orders(list(order_ids))


def events_of(order_id: uuid.UUID) -> QuerySet[Event]:
    """The order's timeline."""
    return Event.objects.filter(subject_type=Order.subject_type, subject_id=order_id)


def holds_of(order_id: uuid.UUID) -> QuerySet[Hold]:
    return Hold.objects.filter(order_id=order_id)


def notes_of(order_id: uuid.UUID) -> QuerySet[OrderNote]:
    return OrderNote.objects.filter(order_id=order_id)
