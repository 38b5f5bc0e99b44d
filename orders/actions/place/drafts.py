"""Drafts: their stock is kept for a while, and they are placed later."""

from __future__ import annotations

import uuid

from django.utils import timezone

from core.actors import Actor
from core.operations import done_already, performs, require
from core.outbox import record
from core.transactions import action
from orders.actions.credit import take_credit_of
from orders.actions.offers import use_offers_again
from orders.actions.place.building import build_order
from orders.actions.place.placing import price_new
from orders.actions.place.storing import store_order
from orders.actions.reserve import reserve_missing
from orders.events import OrderPlaced, ReservationRenewed
from orders.instalments.actions import agree_on_terms
from orders.locking import keep_version_of, lines_of, lock_order, save_order
from orders.models import Order
from orders.operations import PLACE, RENEW_RESERVATION
from orders.payments.actions import move_money
from orders.payments.statuses import LedgerKind
from orders.pricing.asked import NewOrder
from orders.pricing.booking import charge_of_stored
from orders.statuses import LONGEST_HOLD, OrderStatus
from storefronts.queries import settings_of


@action
def create_draft(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """Create a draft: its stock is reserved until `reserved_until` and nothing is charged yet.

    Raises as place_order.
    """
    priced = price_new(new, client_id, actor)
    rows = build_order(priced, client_id, OrderStatus.DRAFT)
    rows.order.reserved_until = priced.storefront.held_until(rows.order.created_at)
    return store_order(rows, actor)


@performs(RENEW_RESERVATION)
@action
def renew_reservation(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Keep a draft's stock for as long again from now; what its expired reservation gave up is reserved again.

    Never beyond LONGEST_HOLD after it was made. Raises OperationRefused, OutOfStock.
    """
    order = lock_order(order_id, expected_version=expected_version)
    require(order, RENEW_RESERVATION)
    promised = reserve_missing(order, actor)
    until = settings_of(order.client_id).held_until(timezone.now())
    order.reserved_until = min(until, order.created_at + LONGEST_HOLD)
    record(ReservationRenewed(reserved_until=order.reserved_until), subject=order, actor=actor)
    save_order(order, "reserved_until")
    if promised:
        keep_version_of(order)
    return order


@performs(PLACE)
@action
def place_draft(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Turn a draft into a placed order, at the prices that it was made with. Placed already, it stays as it is.

    Stock that its expired reservation gave up, or that it waits for, is reserved now, backordered or refused with the
    shortage, as its variants say. Raises OperationRefused for what is withdrawn from sale, OfferUsedUp; on account
    NoCreditAccount, CreditLimitExceeded.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, PLACE):
        return order
    order.place(at=timezone.now())
    use_offers_again(order, actor)
    promised = reserve_missing(order, actor)
    charged = OrderPlaced(money={LedgerKind.CHARGED.value: order.total})
    move_money(order, charged, actor=actor, charge=charge_of_stored(order, lines_of(order)))
    agree_on_terms(order, actor=actor)
    save_order(order, "status", "placed_at", "reserved_until")
    if promised:
        keep_version_of(order)
    take_credit_of(order)
    return order
