"""Goods that are fetched or handed over go nowhere: they are sold, and taxed, where they change hands."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import Client
from orders.actions import NewLine, NewOrder, place_order
from orders.models import Order
from orders.pricing.quotes import quote_order
from storefronts.errors import NotSold
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import a_location, stock_up
from tests.factories.orders import ACTOR
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_rate
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db

IN_FRANCE = {"name": "Ann", "line1": "1 Rue", "city": "Metz", "postal_code": "57000", "country": "FR"}


@pytest.fixture
def shop() -> Client:
    """In Germany, which sells to Germany alone; with counters in Berlin and Vienna, and one that nobody placed."""
    stock_up({"A": 50})
    for country, rate in (("DE", "0.19"), ("AT", "0.20"), ("FR", "0.055")):
        a_tax_rate(country, rate)
    client = a_storefront(country="DE", countries=["DE"])
    for code, country in (("BERLIN", "DE"), ("VIENNA", "AT"), ("SOMEWHERE", "")):
        a_method(client, code, kind="pickup", location_id=a_location(code, country=country).pk)
    a_method(client, "POST", a_rate(500, countries=("DE",)), a_rate(900, countries=("FR",)))
    return client


def new_order(**fields: Any) -> NewOrder:
    given = {"currency": "EUR", "lines": [NewLine("A", 4)], "email": "ann@example.com", "shipping_address": IN_FRANCE}
    return NewOrder(**{**given, **fields})


def tax_of(client: Client, **fields: Any) -> int:
    order: Order = place_order(new_order(**fields), client_id=client.pk, actor=ACTOR)
    return order.tax


def test_who_lives_where_nothing_is_sent_can_fetch_what_they_buy(shop: Client) -> None:
    with refused(NotSold):
        place_order(new_order(), client_id=shop.pk, actor=ACTOR)
    order = place_order(new_order(delivery_method="BERLIN"), client_id=shop.pk, actor=ACTOR)
    assert (order.status, order.handover, order.shipping) == ("placed", "in_person", 0)


@pytest.mark.parametrize(("method", "tax"), [("BERLIN", 190), ("VIENNA", 200), ("SOMEWHERE", 190)])
def test_what_is_fetched_is_taxed_where_it_is_fetched(shop: Client, method: str, tax: int) -> None:
    assert tax_of(shop, delivery_method=method) == tax


def test_what_is_handed_over_in_person_is_taxed_where_the_storefront_is(shop: Client) -> None:
    assert tax_of(shop, handover="in_person") == 190


def test_other_methods_are_offered_for_where_the_buyer_lives(shop: Client) -> None:
    quote = quote_order(new_order(delivery_method="VIENNA"), shop.pk)
    assert [(option.code, option.price) for option in quote.fit if option.kind == "parcel"] == [("POST", 900)]
