"""Reserving for the lines of an order, and serving those that wait when stock arrives."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import inventory.actions
from core.actors import Actor
from core.outbox import record
from core.transactions import action, step
from inventory.actions import Reserved, Wanted
from inventory.events import StockBackordered
from inventory.queries import Sourcing, plan_document
from orders.events import BackordersFilled
from orders.locking import lines_of, lock_order, save_counters, save_order
from orders.models import Order, OrderLine, SourcingPlan
from storefronts.queries import StorefrontRules, settings_of


@step
def reserve_lines(order: Order, lines: Sequence[OrderLine], actor: Actor, rules: StorefrontRules) -> list[SourcingPlan]:
    """Reserve what the lines want and don't have; what their variants let wait is backordered.

    The caller saves them, and the plan that is returned where the storefront has rules of sourcing. Raises OutOfStock.
    """
    wanted = [Wanted(line.pk, line.variant_id, line.sku, line.to_ship - line.reserved) for line in lines]
    sourcing, version = Sourcing.of(rules.sourcing, order.shipping_address), order.version + 1
    answer = inventory.actions.reserve(wanted, order=order, actor=actor, sourcing=sourcing)
    _add(lines, answer)
    waiting = {line: answer.short.get(line.pk, 0) - line.backordered for line in lines}
    for line, more in waiting.items():
        line.backordered += more
    note_backordered(order, waiting, actor)
    return _plans(order, answer, version, actor)


@step
def reserve_missing(order: Order, actor: Actor) -> None:
    """As reserve_lines, for all lines of a stored order that lack something."""
    lacking = [line for line in lines_of(order) if line.reserved < line.to_ship]
    if not lacking:
        return
    plans = reserve_lines(order, lacking, actor, settings_of(order.client_id))
    SourcingPlan.objects.bulk_create(plans)
    save_counters(lacking)


@step
def note_backordered(order: Order, units: Mapping[OrderLine, int], actor: Actor) -> None:
    """Record which units wait from now on, if any do."""
    told = _told(units)
    if told:
        record(StockBackordered(units=told), subject=order, actor=actor)


@action
def serve_backorders(order_id: uuid.UUID, *, actor: Actor) -> int:
    """Reserve for a waiting order what there is of what it waits for; returns the units."""
    order = lock_order(order_id)
    waiting = [line for line in lines_of(order) if line.backordered]
    wanted = [Wanted(line.pk, line.variant_id, line.sku, line.backordered) for line in waiting]
    rules, version = settings_of(order.client_id), order.version + 1
    sourcing = Sourcing.of(rules.sourcing, order.shipping_address)
    answer = inventory.actions.reserve(wanted, order=order, actor=actor, partial=True, sourcing=sourcing)
    if not answer.kept:
        return 0
    SourcingPlan.objects.bulk_create(_plans(order, answer, version, actor))
    got = _add(waiting, answer)
    for line in waiting:
        line.backordered -= got[line.pk]
    save_counters(waiting)
    record(BackordersFilled(units=_told({line: got[line.pk] for line in waiting})), subject=order, actor=actor)
    save_order(order)
    return got.total()


def _plans(order: Order, answer: Reserved, version: int, actor: Actor) -> list[SourcingPlan]:
    """What the order keeps of the plan by which its units were chosen, if there was one."""
    if answer.plan is None:
        return []
    rules, document = list(answer.plan.sourcing.rules), plan_document(answer.plan)
    return [SourcingPlan(order=order, rules=rules, **document, version=version, **actor.columns())]


def _add(lines: Iterable[OrderLine], answer: Reserved) -> Counter[uuid.UUID]:
    """Count what was reserved to the lines; returns the units by line."""
    got: Counter[uuid.UUID] = Counter()
    for allocation in answer.kept:
        got[allocation.line_id] += allocation.quantity
    for line in lines:
        line.reserved += got[line.pk]
    return got


def _told(units: Mapping[OrderLine, int]) -> list[dict[str, Any]]:
    """Units of lines as events tell them."""
    return [
        {"line_id": line.pk, "variant_id": line.variant_id, "quantity": quantity}
        for line, quantity in units.items()
        if quantity > 0
    ]
