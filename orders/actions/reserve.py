"""Reserving for the lines of an order, and serving those that wait when stock arrives."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

import inventory.actions
from core.actors import Actor
from core.outbox import record
from core.transactions import action, step
from inventory.actions import Reserved, Wanted
from inventory.events import StockBackordered
from inventory.queries import Sourcing, expected_on, plan_document
from orders.events import BackordersFilled
from orders.locking import lines_of, lock_order, save_counters, save_order
from orders.models import Order, OrderLine, SourcingPlan
from storefronts.queries import StorefrontRules, settings_of


@dataclass(frozen=True)
class Served:
    """Units that were reserved for an order that waits, and the variants that were asked for and still lack some."""

    units: int
    lacking: frozenset[uuid.UUID]


@step
def reserve_lines(order: Order, lines: Sequence[OrderLine], actor: Actor, rules: StorefrontRules) -> list[SourcingPlan]:
    """Reserve what the lines want and don't have; what their variants let wait is backordered and promised for a day,
    if one can be told.

    The caller saves them, and the plan that is returned where the storefront has rules of sourcing. Raises OutOfStock.
    """
    wanted = [Wanted(line.pk, line.variant_id, line.sku, line.to_ship - line.reserved) for line in lines]
    today, version = rules.day_of(timezone.now()), order.version + 1
    sourcing = Sourcing.of(rules.sourcing, order.shipping_address)
    answer = inventory.actions.reserve(wanted, order=order, actor=actor, sourcing=sourcing)
    _add(lines, answer)
    waiting = {line: answer.short.get(line.pk, 0) - line.backordered for line in lines}
    for line, more in waiting.items():
        line.backordered += more
        line.promised_on = expected_on(answer.offered[line.variant_id], today) if line.backordered else None
    note_backordered(order, waiting, actor)
    return _plans(order, answer, version, actor)


@step
def reserve_missing(order: Order, actor: Actor) -> bool:
    """As reserve_lines, for all lines of a stored order that lack something; returns whether other days are promised
    than before, which the caller keeps a version of.
    """
    lacking = [line for line in lines_of(order) if line.reserved < line.to_ship]
    if not lacking:
        return False
    before = [line.promised_on for line in lacking]
    plans = reserve_lines(order, lacking, actor, settings_of(order.client_id))
    SourcingPlan.objects.bulk_create(plans)
    save_counters(lacking, "promised_on")
    return before != [line.promised_on for line in lacking]


@step
def note_backordered(order: Order, units: Mapping[OrderLine, int], actor: Actor) -> None:
    """Record which units wait from now on, if any do."""
    told = _told(units)
    if told:
        record(StockBackordered(units=told), subject=order, actor=actor)


@action
def serve_backorders(order_id: uuid.UUID, *, of: Collection[uuid.UUID] | None = None, actor: Actor) -> Served:
    """Reserve for a waiting order what there is of what it waits for, or of these variants alone. What was promised
    for the units stays written.
    """
    order = lock_order(order_id)
    waiting = [line for line in lines_of(order) if line.backordered and (of is None or line.variant_id in of)]
    wanted = [Wanted(line.pk, line.variant_id, line.sku, line.backordered) for line in waiting]
    rules, version = settings_of(order.client_id), order.version + 1
    sourcing = Sourcing.of(rules.sourcing, order.shipping_address)
    answer = inventory.actions.reserve(wanted, order=order, actor=actor, partial=True, sourcing=sourcing)
    got = _add(waiting, answer)
    for line in waiting:
        line.backordered -= got[line.pk]
    if got:
        SourcingPlan.objects.bulk_create(_plans(order, answer, version, actor))
        save_counters(waiting)
        _note_filled(order, {line: got[line.pk] for line in waiting}, actor)
        save_order(order)
    return Served(got.total(), frozenset(line.variant_id for line in waiting if line.backordered))


@step
def _note_filled(order: Order, units: Mapping[OrderLine, int], actor: Actor) -> None:
    left = sum(line.backordered for line in lines_of(order))
    record(BackordersFilled(units=_told(units), waiting=left), subject=order, actor=actor)


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
