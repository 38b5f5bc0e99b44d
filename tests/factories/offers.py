"""Offers of every kind, their codes and uses, made by the real actions alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.actors import Actor
from core.ids import new_id
from core.models import Client
from core.transactions import action
from orders.models import Order
from pricing.actions import NewCode, OfferTerms, Use, add_codes, create_offer, give_back_offers, use_offers
from pricing.offers.models import Offer, OfferCode
from tests.factories.core import a_client
from tests.factories.orders import EmptyOrderFactory

ACTOR = Actor.system("test")
NEEDED: Mapping[str, dict[str, Any]] = {
    "percentage": {"percentage": Decimal(10)},
    "amount": {"amounts": {"EUR": 500}},
    "free_delivery": {},
    "buy_x_get_y": {"buy_quantity": 2, "get_quantity": 1, "percentage": Decimal(100)},
}
"""What each kind of offer has to say."""


def an_offer(
    client: Client | None = None,
    code: str = "SPRING",
    kind: str = "percentage",
    *,
    codes: tuple[str, ...] = (),
    automatic: bool | None = None,
    **terms: Any,
) -> Offer:
    """Asked for by the `codes`; automatic without any, unless `automatic` says otherwise."""
    client = client or a_client()
    said = OfferTerms(**{"label": f"Offer {code}", **NEEDED[kind], **terms})  # type: ignore[typeddict-item]
    by_itself = not codes if automatic is None else automatic
    offer = create_offer(client_id=client.pk, code=code, kind=kind, automatic=by_itself, terms=said, actor=ACTOR)
    if codes:
        add_codes(offer.pk, [NewCode(each) for each in codes], actor=ACTOR)
    return Offer.objects.get(pk=offer.pk)


def a_code(offer: Offer, code: str = "WELCOME", use_limit: int | None = None) -> OfferCode:
    return add_codes(offer.pk, [NewCode(code, use_limit)], actor=ACTOR)[0]


@dataclass(frozen=True)
class Asked:
    """A use as an order asks for it."""

    offer_id: uuid.UUID
    code: str
    label: str

    @classmethod
    def of(cls, offer: Offer, code: str = "") -> Asked:
        return cls(offer.pk, code, offer.label)


def an_order_of(client_id: uuid.UUID) -> Order:
    """A draft without lines, enough to use offers."""
    return EmptyOrderFactory.create(client_id=client_id, client=None)


def orders_of(client_id: uuid.UUID, count: int) -> list[Order]:
    return [an_order_of(client_id) for _ in range(count)]


@action
def use(order: Order, *asked: Use, buyer: str = "") -> None:
    """By a buyer of its own, unless one is named."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    use_offers(asked, order=locked, buyer_key=buyer or f"customer:{new_id()}", actor=ACTOR)


@action
def give_back(order: Order) -> None:
    give_back_offers(order=Order.objects.select_for_update().get(pk=order.pk), actor=ACTOR)
