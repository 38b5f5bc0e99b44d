"""A storefront whose every order is priced by rules: taxes, a price list, three offers and a delivery method."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

import pricing.actions
import storefronts.actions
import taxes.actions
from core.actors import Actor
from pricing.actions import NewCode, NewPrice, OfferTerms, RateRule
from storefronts.actions import SettingsChanges

DELIVERY = "post"
CODE = "WELCOME"
COUNTRY = "IE"
"""Another one than where plain orders go, which stay untaxed."""
_ACTOR = Actor.system("bench")
_AT_A_TIME = 500


def set_rules(client_id: uuid.UUID, skus: Sequence[str], currency: str) -> None:
    """Prices include 23 % VAT; every SKU is on the list, cheaper from ten units on; two offers hold by themselves, one
    counts its uses, and one is asked for by CODE.
    """
    settings = SettingsChanges(country=COUNTRY, prices_include_tax=True)
    storefronts.actions.change_settings(client_id, settings, actor=_ACTOR)
    taxes.actions.create_tax_rate(
        country=COUNTRY, tax_class_code="standard", name="VAT", rate=Decimal("0.23"), valid_from=dt.date(2011, 1, 4),
        actor=_ACTOR,
    )  # fmt: skip
    _list_prices(client_id, skus, currency)
    _make_offers(client_id)
    method = pricing.actions.create_method(
        client_id=client_id, code=DELIVERY, kind="parcel", settings=pricing.actions.MethodChanges(name="Post"),
        actor=_ACTOR,
    )  # fmt: skip
    pricing.actions.set_rates(method.pk, [RateRule(currency, 395, (COUNTRY,), free_from=75_00)], actor=_ACTOR)


def _list_prices(client_id: uuid.UUID, skus: Sequence[str], currency: str) -> None:
    price_list = pricing.actions.create_price_list(
        client_id=client_id, code="SHOP", name="Shop", currency=currency, prices_include_tax=True, group_ids=[],
        actor=_ACTOR,
    )  # fmt: skip
    for begin in range(0, len(skus), _AT_A_TIME):
        some = skus[begin : begin + _AT_A_TIME]
        prices = [NewPrice(sku, amount, units) for sku in some for units, amount in ((1, 1199), (10, 999))]
        pricing.actions.set_prices(price_list.pk, prices, actor=_ACTOR)


def _make_offers(client_id: uuid.UUID) -> None:
    tenth = OfferTerms(label="A tenth off", percentage=Decimal(10), combinable=True, total_limit=10**9)
    three = OfferTerms(label="Three for two", buy_quantity=2, get_quantity=1, percentage=Decimal(100), combinable=True)
    welcome = OfferTerms(label="5 % more", percentage=Decimal(5), combinable=True)
    for code, kind, terms in (("TENTH", "percentage", tenth), ("3FOR2", "buy_x_get_y", three)):
        pricing.actions.create_offer(
            client_id=client_id, code=code, kind=kind, terms=terms, automatic=True, actor=_ACTOR
        )
    asked = pricing.actions.create_offer(
        client_id=client_id, code="FIVE", kind="percentage", terms=welcome, automatic=False, actor=_ACTOR
    )
    pricing.actions.add_codes(asked.pk, [NewCode(CODE)], actor=_ACTOR)
