"""Worked examples, with the figures by hand: what a basket comes to in several countries, and what invoices show."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from pricing.calculation.calculating import Found, calculate
from pricing.offers.statuses import OfferKind
from pricing.queries import Basket, Buyer, Calculation, OwnDiscount, Rules, Surcharge
from tests.factories.baskets import BUSINESS, basket, item, local_tax, method, offer, rules, vat

UK: dict[str, Any] = {"rates": vat("GB", standard="20", zero="0"), "prices_include_tax": True}
GERMANY: dict[str, Any] = {
    "rates": [*vat("DE", standard="19", reduced="7"), *vat("FR", standard="20")],
    "rounding": {"DE": "total"},
    "prices_include_tax": True,
}
CALIFORNIA: dict[str, Any] = {
    "rates": [
        local_tax("US", "State tax", "7.25", region="CA"),
        local_tax("US", "County tax", "2.25", region="CA", postal="900"),
    ]
}
JAPAN: dict[str, Any] = {"rates": vat("JP", standard="10", reduced="8"), "prices_include_tax": True}
SWITZERLAND: dict[str, Any] = {
    "rates": vat("CH", standard="8.1"),
    "prices_include_tax": True,
    "cash_rounding": {"CHF": 5},
}
KUWAIT: dict[str, Any] = {"rates": vat("KW", standard="5")}


@dataclass(frozen=True)
class Example:
    """`taxes` are (name, rate in percent, net amount, tax) as the invoice shows them; the sums are minor units."""

    name: str
    rules: Rules
    basket: Basket
    total: int
    taxes: list[tuple[str, str, int, int]] = field(default_factory=list)
    lines: list[int] | None = None
    discounts: list[int] | None = None
    rounding: int = 0


EXAMPLES = [
    # 29.97 / 6 = 4.995, half up
    Example("UK, prices with 20 %", rules("GB", **UK), basket(item("MUG", 3, 999), currency="GBP", to="GB"), 2997,
            [("VAT", "20", 2497, 500)]),
    # 3.95 / 6 = 0.6583
    Example("UK, with delivery", rules("GB", methods=[method("post", 395, currency="GBP", includes_tax=True)], **UK),
            basket(item("MUG", 3, 999), currency="GBP", to="GB", delivery="post"), 2997 + 395,
            [("VAT", "20", 2497 + 329, 500 + 66)]),
    # 14.50 / 6 = 2.4167; a book has a rate of zero, and is on the invoice
    Example("UK, a mug and a zero-rated book", rules("GB", **UK),
            basket(item("MUG", 1, 1450), item("BOOK", 1, 799, "zero"), currency="GBP", to="GB"), 2249,
            [("VAT", "20", 1208, 242), ("VAT", "0", 799, 0)]),
    # 39.98 × 19/119 = 6.3834; 16.47 × 7/107 = 1.0775
    Example("Germany, two rates", rules("DE", **GERMANY),
            basket(item("LAMP", 2, 1999), item("COFFEE", 3, 549, "reduced"), to="DE"), 5645,
            [("VAT", "19", 3360, 638), ("VAT", "7", 1539, 108)]),
    # 2.97 × 19/119 = 0.4742: by line it would be 3 × 0.16
    Example("Germany, rounded by total", rules("DE", **GERMANY),
            basket(*(item(sku, 1, 99) for sku in ("A", "B", "C")), to="DE"), 297, [("VAT", "19", 250, 47)],
            lines=[99, 99, 99]),
    # 49.99: 3.624275 and 1.124775; 25.00: 1.8125 and 0.5625
    Example("California, state and county on top, by line", rules("US", **CALIFORNIA),
            basket(item("LAMP", 1, 4999), item("MUG", 2, 1250), currency="USD", to="US/CA/90012"), 8210,
            [("State tax", "7.25", 7499, 543), ("County tax", "2.25", 7499, 168)], lines=[5473, 2737]),
    Example("California, outside the county", rules("US", **CALIFORNIA),
            basket(item("LAMP", 1, 4999), currency="USD", to="US/CA/94103"), 5361,
            [("State tax", "7.25", 4999, 362)]),
    Example("Oregon, which taxes nothing", rules("US", **CALIFORNIA),
            basket(item("LAMP", 1, 4999), currency="USD", to="US/OR/97201"), 4999),
    # no minor units: 1,100 × 10/110; 972 × 8/108
    Example("Japan, two rates", rules("JP", **JAPAN),
            basket(item("PEN", 1, 1100), item("TEA", 3, 324, "reduced"), currency="JPY", to="JP"), 2072,
            [("VAT", "10", 1000, 100), ("VAT", "8", 900, 72)]),
    # 999 × 10/110 = 90.8
    Example("Japan, half up", rules("JP", **JAPAN), basket(item("PEN", 1, 999), currency="JPY", to="JP"), 999,
            [("VAT", "10", 908, 91)]),
    # 26.66 × 8.1/108.1 = 1.9977
    Example("Switzerland, rounded down to 5 Rappen", rules("CH", **SWITZERLAND),
            basket(item("KNIFE", 2, 1333), currency="CHF", to="CH"), 2665, [("VAT", "8.1", 2466, 200)], rounding=-1),
    # 26.68 × 8.1/108.1 = 1.9992
    Example("Switzerland, rounded up to 5 Rappen", rules("CH", **SWITZERLAND),
            basket(item("CHEESE", 4, 667), currency="CHF", to="CH"), 2670, [("VAT", "8.1", 2468, 200)], rounding=2),
    # 119.00 / 1.19 = 100.00 a piece
    Example("a German shop to a French business", rules("DE", **GERMANY),
            basket(item("LAMP", 3, 11900), to="FR", buyer=BUSINESS), 30000, [("VAT", "0", 30000, 0)]),
    # 9.99 / 1.19 = 8.3950 a piece
    Example("a reverse charge rounds the price of a piece", rules("DE", **GERMANY),
            basket(item("MUG", 10, 999), to="FR", buyer=BUSINESS), 8390, [("VAT", "0", 8390, 0)]),
    # 119.00 × 20/120 = 19.8333: the shown price stays
    Example("a German shop to somebody in France", rules("DE", **GERMANY), basket(item("LAMP", 1, 11900), to="FR"),
            11900, [("VAT", "20", 9917, 1983)]),
    Example("a German shop to the United States", rules("DE", **GERMANY),
            basket(item("LAMP", 1, 11900), to="US/OR/97201"), 10000),
    # 12.00 / 1.2
    Example("a charity that is exempt", rules("GB", **UK),
            basket(item("MUG", 2, 1200), currency="GBP", to="GB", buyer=Buyer(tax_exempt_reason="Charity 1234")), 2000,
            [("VAT", "0", 2000, 0)]),
    # 10 % of 10.00; 33.3, 33.3 and 33.4 cents
    Example("10 % off three lines", rules(offers=[offer("TEN", OfferKind.PERCENTAGE, percentage=Decimal(10))]),
            basket(item("A", 1, 333), item("B", 1, 333), item("C", 1, 334)), 900, discounts=[33, 33, 34]),
    Example("buy two, get one", rules(offers=[offer("3FOR2", OfferKind.BUY_X_GET_Y, buy_quantity=2, get_quantity=1,
                                                    percentage=Decimal(100))]),
            basket(item("SOAP", 3, 500), item("TOWEL", 1, 800)), 1800, discounts=[500, 0]),
    # 24.00 − 5.00 = 19.00; / 6 = 3.1667
    Example("5.00 off, and the tax of what is left", rules("GB", offers=[
                offer("FIVE", OfferKind.AMOUNT, amounts={"GBP": 500}, minimum_amounts={"GBP": 2000})], **UK),
            basket(item("MUG", 2, 1200), currency="GBP", to="GB"), 1900, [("VAT", "20", 1583, 317)], discounts=[500]),
    # 3 × 1.235 = 3.705; 5 % = 0.18525
    Example("Kuwait, three digits", rules("KW", **KUWAIT), basket(item("DATES", 3, 1235), currency="KWD", to="KW"),
            3890, [("VAT", "5", 3705, 185)]),
    # 2.50 over 12.00 and 8.00 is 1.50 and 1.00; 20 % of 13.50 and 9.00
    Example("gift wrapping is taxed as what is wrapped", rules("GB", rates=vat("GB", standard="20")),
            basket(item("MUG", 1, 1200), item("JAR", 1, 800), currency="GBP", to="GB",
                   surcharges=[Surcharge("Gift wrapping", 250)]), 2700, [("VAT", "20", 2250, 450)], lines=[1620, 1080]),
    # 15 % of 20.05 = 3.0075
    Example("staff give 15 %", rules(),
            basket(item("MUG", 1, 1205), item("JAR", 1, 800),
                   own_discounts=[OwnDiscount("Late parcel", percentage=Decimal(15))]), 1704, discounts=[181, 120]),
    Example("free delivery", rules(methods=[method("post", 495)], offers=[offer("POST", OfferKind.FREE_DELIVERY)]),
            basket(item("MUG", 1, 1000), to="DE", delivery="post"), 1000, discounts=[0]),
]  # fmt: skip


def calculated(example: Example) -> Calculation:
    return calculate(example.basket, example.rules, Found({}))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_it_comes_to_what_it_does_by_hand(example: Example) -> None:
    found = calculated(example)
    told: dict[str, Any] = {"total": found.total, "rounding": found.rounding, "taxes": _taxes(found)}
    expected = {"total": example.total, "rounding": example.rounding, "taxes": sorted(example.taxes)}
    if example.lines is not None:
        told["lines"], expected["lines"] = [line.total for line in found.lines], example.lines
    if example.discounts is not None:
        told["discounts"], expected["discounts"] = [line.discount for line in found.lines], example.discounts
    assert told == expected


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_lines_delivery_and_rounding_sum_to_the_total_and_taxes_to_their_rates(example: Example) -> None:
    found = calculated(example)
    assert sum(part.total for part in found.parts()) + found.rounding == found.total
    assert sum(tax.amount for tax in found.tax_totals) == sum(part.tax for part in found.parts())
    included = sum(part.tax_included for part in found.parts())
    assert sum(tax.amount for tax in found.tax_totals if tax.included) == included


def _taxes(found: Calculation) -> list[tuple[str, str, int, int]]:
    return sorted((tax.name, _percent(tax.rate), tax.taxable, tax.amount) for tax in found.tax_totals)


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{(rate * 100).normalize():f}"
