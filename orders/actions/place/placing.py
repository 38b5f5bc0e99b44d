"""Placing an order at once."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.limits import require_within_limit
from core.transactions import action, step
from orders import authorities
from orders.actions.credit import take_credit_of
from orders.actions.place.building import build_order
from orders.actions.place.storing import store_order
from orders.models import Order
from orders.pricing.asked import NewOrder
from orders.pricing.prices import PricedOrder, price_order, require_codes_to_apply
from orders.pricing.quotes import require_as_quoted
from orders.statuses import OrderStatus


@action
def place_order(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """Create a placed order: its stock is reserved (or backordered, where the variant lets it wait) and its total
    charged, or nothing happens.

    Raises InvalidInput for unknown SKUs, prices, customers, currencies, delivery methods, and codes that don't apply;
    NotSold, QuoteChanged, OfferUsedUp, DuplicateReference, OutOfStock; on account NoCreditAccount, CreditLimitExceeded.
    """
    return place(new, client_id=client_id, actor=actor)


@step
def place(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """As place_order, for an action of a room above that places an order among other things.

    An order that was placed elsewhere before, at `placed_at`, is on account there already: it needs no credit account,
    and keeps within the limit of one that there is.
    """
    priced = price_new(new, client_id, actor)
    rows = build_order(priced, client_id, OrderStatus.PLACED)
    rows.order.placed_at = new.placed_at or rows.order.created_at
    order = store_order(rows, actor)
    take_credit_of(order, needed=rows.storefront.on_account_needs_credit and new.placed_at is None)
    return order


def price_new(new: NewOrder, client_id: uuid.UUID, actor: Actor) -> PricedOrder:
    """What a new order costs, if all that was asked for holds: its codes, its quote, the discounts of the one who asks.

    Raises InvalidInput, QuoteChanged, AuthorityExceeded.
    """
    priced = price_order(new, client_id)
    if new.codes:
        require_codes_to_apply(priced)
    if new.quote:
        require_as_quoted(priced)
    if new.discounts:
        require_within_limit(authorities.DISCOUNT, actor, amount=priced.own_discount, currency=new.currency)
    return priced
