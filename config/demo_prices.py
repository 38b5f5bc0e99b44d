"""How the demo's storefronts sell: settings, taxes, price lists, offers, delivery methods, gift cards."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

import customers.actions
import inventory.queries
import pricing.actions
import stored_value.actions
import storefronts.actions
import storefronts.queries
import taxes.actions
import taxes.queries
from core.actors import Actor
from pricing.actions import NewPrice, OfferTerms, RateRule
from storefronts.actions import SettingsChanges

ACTOR = Actor.system("demo")
HOME = "GB"
STANDARD, EXPRESS = "standard", "express"
"""Delivery methods that both storefronts have."""
WELCOME = "WELCOME10"
"""A code for a tenth off."""

_RATES = (("GB", "standard", "0.20"), ("GB", "zero", "0"), ("DE", "standard", "0.19"), ("DE", "reduced", "0.07"),
          ("FR", "standard", "0.20"))  # fmt: skip
_EVERYWHERE_AT_HOME = (HOME,)
_ABROAD = ("DE", "FR", "IE", "NL")


def set_taxes() -> None:
    """VAT of three countries, unless somebody has set rates already."""
    seen = taxes.queries.Destination(HOME)
    if taxes.queries.tax_table().rates_at(seen, "standard", dt.date(2020, 1, 1)):
        return
    for country, tax_class, rate in _RATES:
        taxes.actions.create_tax_rate(
            country=country,
            tax_class_code=tax_class,
            name="VAT",
            rate=Decimal(rate),
            valid_from=dt.date(2011, 1, 4),
            actor=ACTOR,
        )


_LETTERHEADS = {
    "HF-": "Harbour & Finch Ltd\n4 Quay Street\nLeeds LS10 1AB\nVAT GB 000 0000 00",
    "NL-": "Northlight Outdoors Ltd\n9 Mercer Street\nLondon WC2H 9JA\nVAT GB 000 0000 01",
}


def set_up_prices(
    client_id: uuid.UUID,
    customer_ids: Sequence[uuid.UUID],
    skus: Sequence[str],
    prefix: str,
    sourcing: Sequence[str],
) -> None:
    """Everything that decides prices at one storefront, with its other settings; nothing where they were touched
    before.
    """
    if storefronts.queries.settings_of(client_id).country:
        return
    settings = SettingsChanges(
        country=HOME,
        currencies=["GBP", "EUR"],
        prices_include_tax=True,
        number_prefix=prefix,
        letterhead=_LETTERHEADS[prefix],
        return_days=30,
        return_policy="Send it back within 30 days, unused, and we refund what you paid.",
        sourcing=[{"rule": rule, "parameters": {}} for rule in sourcing],
    )
    storefronts.actions.change_settings(client_id, settings, actor=ACTOR)
    _delivery(client_id)
    _trade_prices(client_id, customer_ids, skus)
    _offers(client_id)
    stored_value.actions.issue_gift_card(client_id=client_id, currency="GBP", amount=50_00, actor=ACTOR)
    stored_value.actions.give_store_credit(
        client_id=client_id, customer_id=customer_ids[0], currency="GBP", amount=15_00, note="Late parcel", actor=ACTOR
    )


def _delivery(client_id: uuid.UUID) -> None:
    _method(client_id, STANDARD, "Standard delivery", (2, 4), [
        RateRule("GBP", 395, _EVERYWHERE_AT_HOME, free_from=75_00), RateRule("GBP", 995, _ABROAD),
        RateRule("EUR", 1195, _ABROAD),
    ])  # fmt: skip
    _method(client_id, EXPRESS, "Express delivery", (1, 1), [RateRule("GBP", 795, _EVERYWHERE_AT_HOME)])
    store = inventory.queries.location_ids(["STORE"])["STORE"]
    settings = pricing.actions.MethodChanges(name="Fetch it in London", location_id=store, prices_include_tax=True)
    pricing.actions.create_method(client_id=client_id, code="pickup", kind="pickup", settings=settings, actor=ACTOR)


def _method(client_id: uuid.UUID, code: str, name: str, days: tuple[int, int], rates: Sequence[RateRule]) -> None:
    settings = pricing.actions.MethodChanges(
        name=name, carrier="Royal Mail", min_days=days[0], max_days=days[1], prices_include_tax=True
    )
    method = pricing.actions.create_method(
        client_id=client_id, code=code, kind="parcel", settings=settings, actor=ACTOR
    )
    pricing.actions.set_rates(method.pk, rates, actor=ACTOR)


def _trade_prices(client_id: uuid.UUID, customer_ids: Sequence[uuid.UUID], skus: Sequence[str]) -> None:
    """A tenth off for the trade, a fifth from ten units on."""
    group = customers.actions.create_group(client_id=client_id, code="TRADE", name="Trade customers", actor=ACTOR)
    customers.actions.update_customer(customer_ids[-1], {"group_ids": [group.pk]}, actor=ACTOR)
    customers.actions.open_credit(
        client_id=client_id, customer_id=customer_ids[-1], currency="GBP", limit=5_000_00, days_to_pay=30, actor=ACTOR
    )
    prices = inventory.queries.sellable(skus, "GBP").variants
    price_list = pricing.actions.create_price_list(
        client_id=client_id, code="TRADE", name="Trade prices", currency="GBP", prices_include_tax=True,
        group_ids=[group.pk], actor=ACTOR,
    )  # fmt: skip
    rows = [
        NewPrice(sku, (variant.price or 0) * percent // 100, from_quantity, compare_at=variant.price)
        for sku, variant in sorted(prices.items())
        for from_quantity, percent in ((1, 90), (10, 80))
    ]
    pricing.actions.set_prices(price_list.pk, rows, actor=ACTOR)


def _offers(client_id: uuid.UUID) -> None:
    candles = inventory.queries.variant_ids(["CANDLE-SMALL", "CANDLE-LARGE"])
    pricing.actions.create_offer(
        client_id=client_id,
        code="CANDLES",
        kind="buy_x_get_y",
        terms=OfferTerms(
            label="Three candles for two",
            buy_quantity=2,
            get_quantity=1,
            percentage=Decimal(100),
            variant_ids=list(candles.values()),
        ),
        automatic=True,
        actor=ACTOR,
    )
    welcome = pricing.actions.create_offer(
        client_id=client_id,
        code="WELCOME",
        kind="percentage",
        terms=OfferTerms(label="10 % off your order", percentage=Decimal(10), minimum_amounts={"GBP": 20_00}),
        actor=ACTOR,
    )
    pricing.actions.add_codes(welcome.pk, [pricing.actions.NewCode(WELCOME)], actor=ACTOR)
