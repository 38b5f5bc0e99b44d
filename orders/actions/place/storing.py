"""Storing a new order with its event, its charge and its stock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import IntegrityError
from django.db.models import Model

from core.actors import Actor
from core.inserts import adopt, insert_together
from core.outbox import record, take_recorded
from core.transactions import step
from core.versions import version_document
from inventory.errors import OutOfStock
from orders.actions.offers import use_offers
from orders.actions.place.building import NewRows
from orders.actions.reserve import reserve_lines
from orders.derivation import derive_statuses
from orders.errors import DuplicateReference
from orders.events import OrderCreated
from orders.instalments.actions import agree_on_terms
from orders.models import Order, OrderLine, SourcingPlan
from orders.payments.actions import entries_of, follow, postings_of
from orders.payments.statuses import LedgerKind
from orders.versions import content_of
from storefronts.queries import StorefrontRules


@step
def store_order(rows: NewRows, actor: Actor) -> Order:
    """Record, reserve, then insert: the order is written once, with the version that its first events gave it. Its
    document tells from the first version on which days reserving came to promise.

    Raises DuplicateReference, OfferUsedUp, OutOfStock.
    """
    order, lines = rows.order, rows.lines
    created = _created(order, lines)
    record(created, subject=order, actor=actor)
    first = order.version
    entries = entries_of(order, created, actor=actor)
    charge = [*entries, *postings_of(order, entries, created, rows.charge, actor=actor)]
    follow(order, entries)
    derive_statuses(order, lines)
    if order.placed_at:
        use_offers(rows.offers, order, actor)
        agree_on_terms(order, rows.storefront, actor=actor)
    plans = _reserve(order, lines, actor, rows.storefront)
    document = version_document(content_of(order, lines), subject=order, version=first)
    _insert(order, *lines, *rows.belongings, *charge, *plans, document, *take_recorded())
    adopt(order, "lines", lines)
    return order


def _reserve(order: Order, lines: Sequence[OrderLine], actor: Actor, rules: StorefrontRules) -> Sequence[SourcingPlan]:
    try:
        return reserve_lines(order, lines, actor, rules)
    except OutOfStock:
        _refuse_duplicate(order)  # The order of that reference may be the one that took the stock.
        raise


def _refuse_duplicate(order: Order) -> None:
    taken = order.external_ref and _order_of_ref(order)
    if taken:
        raise DuplicateReference(str(order.external_ref), taken)


def _insert(order: Order, *belongings: Model) -> None:
    """The order is inserted without money: the trigger of its entries charges it in the same statement."""
    _refuse_duplicate(order)
    charged, order.charged = order.charged, 0
    try:
        insert_together(order, *belongings)
    except IntegrityError as error:
        if "order_ref_once_per_client" in str(error):
            raise DuplicateReference(str(order.external_ref), None) from error
        raise
    order.charged = charged


def _order_of_ref(order: Order) -> uuid.UUID | None:
    same = Order.objects.filter(client_id=order.client_id, external_ref=order.external_ref)
    return same.values_list("pk", flat=True).first()


def _created(order: Order, lines: Sequence[OrderLine]) -> OrderCreated:
    return OrderCreated(
        status=order.status,
        currency=order.currency,
        total=order.total,
        customer_id=order.customer_id,
        lines=[{"sku": line.sku, "quantity": line.quantity, "total": line.total} for line in lines],
        money={LedgerKind.CHARGED.value: order.total} if order.placed_at else {},
    )
