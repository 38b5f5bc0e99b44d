"""The offers that an order uses: counted when it is placed or reopened, given back when it is cancelled.

Called with the order locked; offers are locked by key, before stock.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import pricing.actions
from core.actors import Actor
from core.transactions import step
from orders.models import Order
from orders.pricing.models import Adjustment
from pricing.queries import Applied, buyer_key


@dataclass(frozen=True)
class StoredUse:
    """An offer that an order has, as its adjustments tell."""

    offer_id: uuid.UUID
    code: str
    label: str


@step
def use_offers(uses: Sequence[Applied | StoredUse], order: Order, actor: Actor) -> None:
    """Count that the order uses these. Raises OfferUsedUp where a limit is reached."""
    if not uses:
        return
    key = buyer_key(order.client_id, customer_id=order.customer_id, email=order.email, order_id=order.pk)
    pricing.actions.use_offers(uses, order=order, buyer_key=key, actor=actor)


@step
def use_offers_again(order: Order, actor: Actor) -> None:
    """As use_offers, for a stored order. A plain one takes no statement."""
    if order.discount:
        use_offers(_stored(order), order, actor)


@step
def give_back_offers(order: Order, actor: Actor) -> None:
    """Let others have what the order used. A plain one takes no statement."""
    if order.discount:
        pricing.actions.give_back_offers(order=order, actor=actor)


def _stored(order: Order) -> list[StoredUse]:
    rows = Adjustment.objects.filter(order=order).order_by("offer_id").values_list("offer_id", "code", "label")
    return [StoredUse(offer_id, code, label) for offer_id, code, label in rows.distinct() if offer_id]
