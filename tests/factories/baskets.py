"""Baskets and the rules of a storefront, as the calculation takes them; nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from core.ids import new_id
from pricing.delivery.choosing import MethodRule, RateRule
from pricing.offers.rules import OfferRule
from pricing.offers.statuses import OfferKind
from pricing.queries import Basket, Buyer, Item, Rules
from storefronts.queries import StorefrontRules
from taxes.queries import Destination, TaxTable
from taxes.queries import RateRule as TaxRateRule

AT = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CLIENT = uuid5(NAMESPACE_OID, "a storefront")


def id_of(name: str) -> UUID:
    """The same for the same name."""
    return uuid5(NAMESPACE_OID, name)


def item(sku: str, quantity: int, price: int, tax_class: str = "", **fields: Any) -> dict[str, Any]:
    """An item of the catalogue at this price, without its place in a basket."""
    catalogue = {"sku": sku, "variant_id": id_of(sku), "product_id": id_of(f"product {sku}"), "quantity": quantity}
    return {**catalogue, "catalogue_price": price, "tax_class": tax_class, **fields}


def basket(*items: Mapping[str, Any], currency: str = "EUR", to: str | Destination = "", **fields: Any) -> Basket:
    numbered = [Item(key=str(number), index=number - 1, **each) for number, each in enumerate(items, start=1)]
    destination = to if isinstance(to, Destination) else Destination(*to.split("/"))
    given = {"client_id": CLIENT, "order_id": new_id(), "at": AT, "currency": currency}
    return Basket(**{**given, "items": numbered, "destination": destination, **fields})


def vat(country: str, **percent: str) -> list[TaxRateRule]:
    """The rates of a country's VAT by class, for ever: vat("DE", standard="19", reduced="7")."""
    since = dt.date(2000, 1, 1)
    return [
        TaxRateRule(country, "", "", tax_class, "VAT", Decimal(rate) / 100, since)
        for tax_class, rate in percent.items()
    ]


def local_tax(country: str, name: str, percent: str, *, region: str = "", postal: str = "") -> TaxRateRule:
    return TaxRateRule(country, region, postal, "standard", name, Decimal(percent) / 100, dt.date(2000, 1, 1))


def rules(
    country: str = "",
    *,
    rates: Sequence[TaxRateRule] = (),
    rounding: Mapping[str, str] | None = None,
    offers: Sequence[OfferRule] = (),
    methods: Sequence[MethodRule] = (),
    **settings: Any,
) -> Rules:
    table = TaxTable(rates, rounding or {})
    return Rules(StorefrontRules(country=country, **settings), (), offers, methods, table)


def offer(code: str, kind: OfferKind, **fields: Any) -> OfferRule:
    """An automatic offer for everything, unless the fields say otherwise."""
    return OfferRule(**{"id": id_of(code), "code": code, "label": code, "kind": kind, "automatic": True, **fields})


def method(code: str, price: int, *, currency: str = "EUR", includes_tax: bool = False, **rate: Any) -> MethodRule:
    return MethodRule(code, code.title(), "parcel", [RateRule(currency, price, **rate)], includes_tax=includes_tax)


BUSINESS = Buyer(email="buyer@example.com", vat_id="FR12345678901")
