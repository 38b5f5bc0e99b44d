"""Any shop, and anything that is ordered in it: what hypothesis draws orders from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from core.models import Client
from inventory.actions import NewVariant, create_product, update_variant
from orders.actions import NewLine, NewOrder, OwnDiscount
from pricing.lists.actions import NewPrice
from pricing.queries import Surcharge
from tests.factories.customers import a_customer
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import ACTOR
from tests.factories.pricing import a_price_list
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_country, a_tax_rate

CURRENCIES = ("CHF", "EUR", "JPY", "KWD")
PRICES = {"S1": 333, "S2": 1_999, "S3": 7, "S4": 1_235}
COUNTRIES = ("DE", "FR", "JP", "US")
amounts = st.integers(1, 2_000)
percents = st.decimals("0.01", 100, places=2)


def a_catalogue() -> None:
    """What is sold in any of the shops, and the taxes of four countries."""
    a_tax_country("FR", "total")
    for country, standard in (("DE", "0.19"), ("FR", "0.196"), ("JP", "0.1")):
        a_tax_rate(country, standard)
        a_tax_rate(country, "0.081", tax_class_code="reduced")
        a_tax_rate(country, "0", tax_class_code="zero")
    variants = [NewVariant(sku, sku, dict.fromkeys(CURRENCIES, price)) for sku, price in PRICES.items()]
    create_product(name="Things", variants=variants, actor=ACTOR)
    found = stock_up(dict.fromkeys(PRICES, 1_000))
    update_variant(found["S2"].pk, {"tax_class_code": "reduced"}, actor=ACTOR)
    update_variant(found["S3"].pk, {"tax_class_code": "zero"}, actor=ACTOR)


def offers(draw: st.DrawFn, client: Client, currency: str) -> None:
    for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(OFFERS)), max_size=3))):
        terms = {name: draw(values) for name, values in OFFERS[kind].items()}
        if kind == "amount":
            terms["amounts"] = {currency: draw(amounts)}
        code = draw(st.sampled_from([(), (f"CODE-{number}",)]))
        an_offer(client, f"OFFER-{number}", kind, codes=code, combinable=draw(st.booleans()), **terms)


OFFERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "percentage": {"percentage": percents},
    "amount": {},
    "free_delivery": {},
    "buy_x_get_y": {"buy_quantity": st.integers(1, 3), "get_quantity": st.integers(1, 3), "percentage": percents},
}


def a_shop(draw: st.DrawFn, currency: str) -> Client:
    """A storefront with some of the rules of prices."""
    client = a_storefront(
        country=draw(st.sampled_from(["DE", "FR"])),
        prices_include_tax=draw(st.booleans()),
        cash_rounding=draw(st.sampled_from([{}, {"CHF": 5}])),
    )
    offers(draw, client, currency)
    a_method(client, "POST", a_rate(draw(st.integers(0, 900)), currency), prices_include_tax=draw(st.booleans()))
    if draw(st.booleans()):
        prices = [NewPrice("S1", 299), NewPrice("S1", 250, from_quantity=5)]
        a_price_list(client, "LIST", *prices, currency=currency, prices_include_tax=draw(st.booleans()))
    return client


def an_order(draw: st.DrawFn, client: Client, currency: str) -> NewOrder:
    """Anything that may be asked of it."""
    skus = draw(st.lists(st.sampled_from(sorted(PRICES)), min_size=1, max_size=5))
    own = st.one_of(st.none(), st.none(), st.integers(0, 5_000))
    lines = [NewLine(sku, draw(st.integers(1, 20)), unit_price=draw(own)) for sku in skus]
    buyer: dict[str, Any] = draw(st.sampled_from([{}, {"vat_id": "FR12345678901"}, {"tax_exempt_reason": "Charity"}]))
    return NewOrder(
        currency=currency,
        lines=lines,
        customer_id=a_customer(client, **buyer).pk,
        shipping_address={"name": "Ann", "line1": "1", "city": "X", "country": draw(st.sampled_from(COUNTRIES))},
        delivery_method=draw(st.sampled_from(["", "POST"])),
        codes=draw(st.sampled_from([(), ("CODE-0",)])),
        discounts=draw(st.lists(st.builds(OwnDiscount, st.just("Late"), amount=amounts), max_size=2)),
        surcharges=draw(st.lists(st.builds(Surcharge, st.just("Wrapping"), amount=amounts), max_size=2)),
    )
