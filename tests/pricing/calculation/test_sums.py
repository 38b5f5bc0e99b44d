"""Whatever is bought, wherever it goes: the parts sum to the whole, and parts of a line to the line."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.money import share
from pricing.calculation.calculating import Found, calculate
from pricing.offers.statuses import OfferKind
from pricing.queries import Basket, Buyer, Calculation, OwnDiscount, Rules, Surcharge
from tests.factories.baskets import basket, item, method, offer, rules, vat

CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3, "CHF": 2}
COUNTRIES = ("DE", "FR", "JP", "US")
CLASSES = ("", "reduced", "zero")

percents = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100), places=2)
amounts = st.integers(1, 2_000)


@st.composite
def items(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(1, 6))):
        own = draw(st.sampled_from([{}, {}, {}, {"unit_price": draw(st.integers(0, 5_000))}]))
        price, quantity = draw(st.integers(0, 5_000)), draw(st.integers(1, 20))
        made.append(item(f"SKU-{number}", quantity, price, draw(st.sampled_from(CLASSES)), **own))
    return made


@st.composite
def offers(draw: st.DrawFn, currency: str) -> list[Any]:
    kinds = draw(st.lists(st.sampled_from(list(OfferKind)), max_size=4))
    return [_offer(draw, f"OFFER-{number}", kind, currency) for number, kind in enumerate(kinds)]


def _offer(draw: st.DrawFn, code: str, kind: OfferKind, currency: str) -> Any:
    fields: dict[OfferKind, dict[str, Any]] = {
        OfferKind.PERCENTAGE: {"percentage": draw(percents)},
        OfferKind.AMOUNT: {"amounts": {currency: draw(amounts)}},
        OfferKind.FREE_DELIVERY: {},
        OfferKind.BUY_X_GET_Y: {
            "buy_quantity": draw(st.integers(1, 3)), "get_quantity": draw(st.integers(1, 3)),
            "percentage": draw(percents),
        },
    }  # fmt: skip
    return offer(code, kind, combinable=draw(st.booleans()), priority=draw(st.integers(1, 3)), **fields[kind])


@st.composite
def shops(draw: st.DrawFn, currency: str) -> Rules:
    rates = [rate for country in COUNTRIES[:3] for rate in vat(country, standard="19.6", reduced="8.1", zero="0")]
    return rules(
        draw(st.sampled_from(["DE", "FR"])),
        rates=rates,
        rounding=draw(st.dictionaries(st.sampled_from(COUNTRIES), st.sampled_from(["line", "total"]))),
        offers=draw(offers(currency)),
        methods=[method("post", draw(st.integers(0, 900)), currency=currency, includes_tax=draw(st.booleans()))],
        prices_include_tax=draw(st.booleans()),
        cash_rounding=draw(st.sampled_from([{}, {"CHF": 5}])),
    )


@st.composite
def purchases(draw: st.DrawFn) -> tuple[Basket, Rules]:
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    buyers = [Buyer(), Buyer(vat_id="FR12345678901"), Buyer(tax_exempt_reason="A charity")]
    bought = basket(
        *draw(items()),
        currency=currency,
        to=draw(st.sampled_from(COUNTRIES)),
        buyer=draw(st.sampled_from(buyers)),
        delivery=draw(st.sampled_from(["", "post"])),
        own_discounts=draw(st.lists(st.builds(OwnDiscount, st.just("Late"), amount=amounts), max_size=2)),
        surcharges=draw(st.lists(st.builds(Surcharge, st.just("Wrapping"), amount=amounts), max_size=2)),
    )
    return bought, draw(shops(currency))


def calculated(purchase: tuple[Basket, Rules]) -> Calculation:
    return calculate(*purchase, Found({}))


few_but_large = settings(suppress_health_check=[HealthCheck.too_slow])


@few_but_large
@given(purchases())
def test_parts_sum_to_the_whole(purchase: tuple[Basket, Rules]) -> None:
    found = calculated(purchase)
    parts = list(found.parts())
    assert found.total == sum(part.total for part in parts) + found.rounding
    assert (
        found.total
        == sum(line.amount for line in found.lines)
        + sum(part.surcharge - part.discount + part.tax - part.tax_included for part in parts)
        + (found.delivery.price if found.delivery else 0)
        + found.rounding
    )
    assert sum(tax.amount for tax in found.tax_totals) == sum(part.tax for part in parts)
    assert sum(tax.amount for tax in found.tax_totals if tax.included) == sum(part.tax_included for part in parts)


@few_but_large
@given(purchases())
def test_nothing_costs_less_than_nothing(purchase: tuple[Basket, Rules]) -> None:
    found = calculated(purchase)
    assert all(part.total >= 0 <= part.tax_included <= part.tax for part in found.parts())
    assert all(0 <= line.discount <= line.amount for line in found.lines)
    assert abs(found.rounding) * 2 <= purchase[1].storefront.cash_rounding.get(found.currency, 1)


@few_but_large
@given(purchases())
def test_the_same_basket_costs_the_same_again(purchase: tuple[Basket, Rules]) -> None:
    assert calculated(purchase) == calculated(purchase)


@few_but_large
@given(purchases(), st.lists(st.integers(0, 20), max_size=4))
def test_what_is_split_off_a_line_sums_to_it(purchase: tuple[Basket, Rules], cuts: list[int]) -> None:
    for line in calculated(purchase).lines:
        borders = sorted({0, line.quantity, *(cut % (line.quantity + 1) for cut in cuts)})
        for amount in (line.total, line.tax, line.discount, line.surcharge):
            ranges = pairwise(borders)
            assert sum(share(amount, line.quantity, begin, end) for begin, end in ranges) == amount
