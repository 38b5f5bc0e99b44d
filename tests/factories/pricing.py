"""Price lists and their prices, made by the real actions alone."""

from __future__ import annotations

from typing import Any

from factory.declarations import LazyAttribute, SubFactory

from core.actors import Actor
from core.models import Client
from pricing.lists.actions import NewPrice, create_price_list, set_prices
from pricing.lists.models import PriceList
from tests.factories.core import ActionFactory, ClientFactory

ACTOR = Actor.system("test")


class PriceListFactory(ActionFactory[PriceList]):
    class Meta:
        model = PriceList

    client = SubFactory(ClientFactory)
    code = "SUMMER"
    name = LazyAttribute(lambda price_list: price_list.code.title())
    currency = "EUR"
    prices_include_tax = False

    @classmethod
    def act(cls, client: Client, **fields: Any) -> PriceList:
        return create_price_list(client_id=client.pk, actor=ACTOR, **fields)


def a_price_list(client: Client, code: str = "SUMMER", *prices: NewPrice, **fields: Any) -> PriceList:
    """With these prices, of variants that there are."""
    price_list = PriceListFactory.create(client=client, code=code, **fields)
    return set_prices(price_list.pk, prices, actor=ACTOR).price_list if prices else price_list
