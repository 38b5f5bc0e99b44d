"""Delivery methods and their rates, made by the real actions alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from factory.declarations import LazyFunction, SubFactory

from core.actors import Actor
from core.models import Client
from pricing.delivery.actions import create_method, set_rates
from pricing.delivery.choosing import RateRule
from pricing.delivery.models import DeliveryMethod
from tests.factories.core import ActionFactory, ClientFactory

ACTOR = Actor.system("test")
_numbers = itertools.count(1)


class DeliveryMethodFactory(ActionFactory[DeliveryMethod]):
    class Meta:
        model = DeliveryMethod

    client = SubFactory(ClientFactory)
    code = LazyFunction(lambda: f"METHOD-{next(_numbers)}")
    kind = "parcel"
    name = "Standard"
    rates: Sequence[RateRule] = ()

    @classmethod
    def act(cls, client: Client, code: str, kind: str, rates: Sequence[RateRule], **settings: Any) -> DeliveryMethod:
        wanted: Any = settings
        method = create_method(client_id=client.pk, code=code, kind=kind, settings=wanted, actor=ACTOR)
        return set_rates(method.pk, rates, actor=ACTOR) if rates else method


def a_rate(price: int = 500, currency: str = "EUR", **fields: Any) -> RateRule:
    return RateRule(currency, price, **fields)


def a_method(client: Client, code: str = "STANDARD", *rates: RateRule, **fields: Any) -> DeliveryMethod:
    return DeliveryMethodFactory.create(client=client, code=code, rates=rates, **fields)
