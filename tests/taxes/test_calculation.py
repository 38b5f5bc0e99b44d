"""What taxes come to: worked by hand, and for anything that hypothesis finds."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import EXPONENT_BY_CURRENCY
from taxes.calculation import (
    RateRule,
    Tax,
    Taxable,
    TaxBuyer,
    Taxed,
    TaxRequest,
    TaxTable,
    allot_exactly,
    half_up,
    without_tax,
)
from taxes.destinations import Destination
from tests.factories.taxes import DAY, SINCE, a_request, a_rule

CALIFORNIA = Destination("US", "CA", "94105-1234")


def table(*rates: RateRule, **rounding: str) -> TaxTable:
    return TaxTable(rates, rounding)


def told(taxes: Sequence[Tax]) -> list[tuple[str, str, int, int]]:
    """(name, rate, taxable, amount) of each."""
    return [(tax.name, f"{tax.rate}", tax.taxable, tax.amount) for tax in taxes]


def of_items(taxed: Taxed) -> list[list[tuple[str, str, int, int]]]:
    return [told(taxes) for taxes in taxed.by_item.values()]


# Worked by hand


class TestWorkedExamples:
    def test_uk_prices_include_twenty_per_cent(self) -> None:
        """£12.00 / 1.2 = £10.00; £9.99 / 1.2 = £8.325, of which 20 % is £1.665, half up £1.67, so £8.32 net."""
        taxed = table(a_rule("GB", "0.2")).taxes_of(a_request(1200, 999, to="GB", seller="GB", currency="GBP"))
        assert of_items(taxed) == [[("VAT", "0.2", 1000, 200)], [("VAT", "0.2", 832, 167)]]
        assert told(taxed.totals) == [("VAT", "0.2", 1832, 367)]
        assert all(tax.included and tax.reason == "" for tax in taxed.totals)

    def test_germany_rounds_the_total_of_each_rate(self) -> None:
        """19 %: 3 × 0.99 and 1.00 make 3.97, of which 3.97 × 19/119 = 0.63386… → 0.63; line by line it were 4 × 0.16.
        7 %: 4.99 × 7/107 = 0.32644… → 0.33."""
        rules = (a_rule("DE", "0.19"), a_rule("DE", "0.07", "reduced"))
        request = a_request(99, 99, 99, 100, (499, "reduced"))
        by_total = table(*rules, DE="total").taxes_of(request)
        assert told(by_total.totals) == [("VAT", "0.19", 334, 63), ("VAT", "0.07", 466, 33)]
        # 0.158067, three times, and 0.159664: the whole cents are 15 each, the three others go by the largest fraction.
        assert [tax.amount for (tax,) in by_total.by_item.values()] == [16, 16, 15, 16, 33]
        by_line = table(*rules).taxes_of(request)
        assert told(by_line.totals) == [("VAT", "0.19", 333, 64), ("VAT", "0.07", 466, 33)]

    def test_state_and_county_add_up_on_top_of_us_prices(self) -> None:
        """$19.99: 6 % is 1.1994 → 1.20, 1.25 % is 0.249875 → 0.25. $0.40: 2.4 ct → 2, exactly 0.5 ct → 1."""
        rules = (
            a_rule("US", "0.06", name="State tax", region="CA"),
            a_rule("US", "0.0125", name="County tax", region="CA", postal_prefix="941"),
        )
        taxed = table(*rules, US="line").taxes_of(a_request(1999, 40, to=CALIFORNIA, included=False, seller="US"))
        assert of_items(taxed) == [
            [("State tax", "0.06", 1999, 120), ("County tax", "0.0125", 1999, 25)],
            [("State tax", "0.06", 40, 2), ("County tax", "0.0125", 40, 1)],
        ]
        assert told(taxed.totals) == [("State tax", "0.06", 2039, 122), ("County tax", "0.0125", 2039, 26)]
        assert not any(tax.included for tax in taxed.totals)

    def test_two_taxes_within_a_price(self) -> None:
        """107.25 / 1.0725 = 100; 6 % and 1.25 % of it."""
        rules = (a_rule("US", "0.06", name="State tax"), a_rule("US", "0.0125", name="County tax"))
        taxed = table(*rules).taxes_of(a_request(10725, to="US", seller="US"))
        assert told(taxed.totals) == [("County tax", "0.0125", 10000, 125), ("State tax", "0.06", 10000, 600)]

    def test_japan_rounds_half_up_to_whole_yen(self) -> None:
        """¥1,000 × 10/110 = 90.90… → 91; ¥540 × 8/108 = 40. Rounding down, as some shops there do, is not offered."""
        rules = (a_rule("JP", "0.1", name="消費税"), a_rule("JP", "0.08", "reduced", name="消費税"))
        request = a_request(1000, (540, "reduced"), to="JP", seller="JP", currency="JPY")
        taxed = table(*rules, JP="total").taxes_of(request)
        assert told(taxed.totals) == [("消費税", "0.1", 909, 91), ("消費税", "0.08", 500, 40)]

    def test_swiss_prices_include_eight_point_one_per_cent(self) -> None:
        """CHF 49.90 × 8.1/108.1 = 3.7391… → 3.74."""
        taxed = table(a_rule("CH", "0.081")).taxes_of(a_request(4990, to="CH", seller="CH", currency="CHF"))
        assert told(taxed.totals) == [("VAT", "0.081", 4616, 374)]

    def test_three_digits_of_a_dinar(self) -> None:
        """BHD 1.005 × 10 % = 0.1005 → 0.101."""
        taxed = table(a_rule("BH", "0.1")).taxes_of(
            a_request(1005, to="BH", seller="BH", currency="BHD", included=False)
        )
        assert told(taxed.totals) == [("VAT", "0.1", 1005, 101)]

    def test_a_business_of_another_member_state_owes_the_tax_itself(self) -> None:
        buyer = TaxBuyer(vat_id="FR 12 345678901")
        rules = table(a_rule("DE", "0.19"), a_rule("FR", "0.2", name="TVA"))
        request = a_request(10000, 2000, to="FR", included=False, buyer=buyer)
        taxed = rules.taxes_of(request)
        assert rules.is_taxed(request) == "reverse_charge"
        assert told(taxed.totals) == [("TVA", "0", 12000, 0)]
        assert [(tax.reason, tax.given, tax.included) for tax in taxed.totals] == [
            ("reverse_charge", "FR 12 345678901", False)
        ]

    def test_a_reverse_charge_shows_even_where_the_table_has_no_rates(self) -> None:
        taxed = table(a_rule("DE", "0.19")).taxes_of(a_request(100, to="FR", buyer=TaxBuyer("FR12345678901")))
        assert [(tax.name, tax.taxable, tax.reason) for tax in taxed.totals] == [("VAT", 100, "reverse_charge")]

    def test_somebody_who_is_exempt_pays_none_and_the_row_says_why(self) -> None:
        rules = table(a_rule("DE", "0.19"))
        request = a_request(10000, included=False, buyer=TaxBuyer(exempt_reason="Embassy, § 4 No. 7"))
        assert rules.is_taxed(request) == "exempt"
        (total,) = rules.taxes_of(request).totals
        assert total == Tax("VAT", Decimal(0), 10000, 0, included=False, reason="exempt", given="Embassy, § 4 No. 7")

    def test_zero_rated_goods_have_a_row_of_zero(self) -> None:
        rules = table(a_rule("GB", "0.2"), a_rule("GB", "0", "books"))
        request = a_request((900, "books"), 1200, to="GB", seller="GB")
        assert rules.is_taxed(request) == ""
        assert told(rules.taxes_of(request).totals) == [("VAT", "0", 900, 0), ("VAT", "0.2", 1000, 200)]

    def test_a_destination_without_rates_has_no_rows(self) -> None:
        rules = table(a_rule("GB", "0.2"))
        request = a_request(1200, to="US", seller="GB")
        assert rules.is_taxed(request) == "no_rates"
        assert rules.taxes_of(request) == Taxed({"1": []}, [])

    def test_nor_has_a_class_that_the_destination_has_no_rate_of(self) -> None:
        request = a_request(1200, (500, "food"), to="GB", seller="GB")
        taxed = table(a_rule("GB", "0.2")).taxes_of(request)
        assert of_items(taxed) == [[("VAT", "0.2", 1000, 200)], []]

    def test_what_was_refunded_is_rounded_away_from_zero_too(self) -> None:
        rules = table(a_rule("GB", "0.2"))
        taxed = rules.taxes_of(a_request(-999, to="GB", seller="GB"))
        assert told(taxed.totals) == [("VAT", "0.2", -832, -167)]

    def test_included_and_added_taxes_have_totals_of_their_own(self) -> None:
        request = a_request(1190, 1000)
        added = Taxable("2", 1000, "standard", included=False)
        mixed = TaxRequest(
            "EUR", DAY, request.seller, request.destination, [request.items[0], added], buyer=request.buyer
        )
        taxed = table(a_rule("DE", "0.19"), DE="total").taxes_of(mixed)
        assert [(tax.included, tax.taxable, tax.amount) for tax in taxed.totals] == [
            (True, 1000, 190),
            (False, 1000, 190),
        ]


@pytest.mark.parametrize(
    ("amount", "rates", "net"),
    [
        (1190, ["0.19"], 1000),
        (1200, ["0.2"], 1000),
        (10725, ["0.06", "0.0125"], 10000),
        (1, ["1"], 1),
        (-999, ["0.2"], -833),
        (100, [], 100),
        (0, ["0.2"], 0),
    ],
)
def test_the_net_amount_within_a_price(amount: int, rates: list[str], net: int) -> None:
    assert without_tax(amount, [("VAT", Decimal(rate)) for rate in rates]) == net


# Which rates


class TestWhichRates:
    def test_of_one_name_the_longest_postal_prefix_decides_then_the_region_then_the_country(self) -> None:
        rules = table(
            a_rule("US", "0.01", name="Sales tax"),
            a_rule("US", "0.02", name="Sales tax", region="CA"),
            a_rule("US", "0.03", name="sales tax", postal_prefix="94"),
            a_rule("US", "0.04", name="Sales tax", region="CA", postal_prefix="94"),
            a_rule("US", "0.05", name="Sales tax", postal_prefix="94105"),
        )
        found = {
            place: [str(each.rate) for each in rules.rates_at(Destination("US", *place), "standard", DAY)]
            for place in [("", ""), ("CA", ""), ("CA", "90001"), ("NV", "94000"), ("CA", "94000"), ("CA", "94105-1")]
        }
        assert found == {
            ("", ""): ["0.01"],
            ("CA", ""): ["0.02"],
            ("CA", "90001"): ["0.02"],
            ("NV", "94000"): ["0.03"],
            ("CA", "94000"): ["0.04"],
            ("CA", "94105-1"): ["0.05"],
        }

    def test_other_names_add_up_those_of_the_country_first(self) -> None:
        rules = table(
            a_rule("CA", "0.02", name="City", postal_prefix="H2"),
            a_rule("CA", "0.09975", name="QST", region="QC"),
            a_rule("CA", "0.05", name="GST"),
        )
        found = rules.rates_at(Destination("CA", "qc", "h2x 1y4"), "standard", DAY)
        assert found == (("GST", Decimal("0.05")), ("QST", Decimal("0.09975")), ("City", Decimal("0.02")))

    @pytest.mark.parametrize("region", ["CA", "ca", "US-CA", " us-ca "])
    def test_a_region_is_found_however_it_is_written(self, region: str) -> None:
        for known in ("CA", "US-CA"):
            rules = table(a_rule("US", "0.06", region=known))
            assert rules.rates_at(Destination("us", region), "STANDARD", DAY) == (("VAT", Decimal("0.06")),)

    def test_a_rate_holds_from_its_first_to_its_last_day(self) -> None:
        new_year = dt.date(2026, 1, 1)
        rules = table(
            a_rule("DE", "0.16", valid_from=SINCE, valid_until=new_year - dt.timedelta(1)),
            a_rule("DE", "0.19", valid_from=new_year),
        )
        days = [SINCE - dt.timedelta(1), SINCE, new_year - dt.timedelta(1), new_year]
        found = [[str(each.rate) for each in rules.rates_at(Destination("DE"), "standard", day)] for day in days]
        assert found == [[], ["0.16"], ["0.16"], ["0.19"]]


# For anything


CURRENCIES = ("JPY", "EUR", "KWD")
RATES = st.decimals(0, 1, places=6)
NAMES = ("VAT", "State tax", "County tax", "City tax")


@st.composite
def requests(draw: st.DrawFn) -> tuple[TaxTable, TaxRequest]:
    classes = ("standard", "reduced")
    rates = [
        RateRule("DE", "", "", each, name, draw(RATES), SINCE)
        for each in classes
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
    ]
    amounts = st.integers(-(10**9), 10**9)
    items = [
        Taxable(str(key), amount, tax_class, included)
        for key, (amount, tax_class, included) in enumerate(
            draw(st.lists(st.tuples(amounts, st.sampled_from(classes), st.booleans()), max_size=12))
        )
    ]
    place = Destination("DE")
    rounding = draw(st.sampled_from(["line", "total"]))
    request = TaxRequest(draw(st.sampled_from(CURRENCIES)), DAY, place, place, items)
    return TaxTable(rates, {"DE": rounding}), request


@given(requests())
def test_the_totals_are_the_sums_of_the_items_and_no_item_is_a_unit_off(case: tuple[TaxTable, TaxRequest]) -> None:
    rules, request = case
    taxed = rules.taxes_of(request)
    assert list(taxed.by_item) == [item.key for item in request.items]
    sums: defaultdict[tuple[str, Decimal, bool], list[int]] = defaultdict(lambda: [0, 0])
    for item in request.items:
        rates = rules.rates_at(request.destination, item.tax_class, request.on)
        taxes = taxed.by_item[item.key]
        assert [(tax.name, tax.rate) for tax in taxes] == list(rates)
        inside = sum(tax.amount for tax in taxes) if item.included else 0
        exact_net = Fraction(item.amount)
        if item.included:
            exact_net /= 1 + sum(Fraction(rate) for _, rate in rates)
        for tax in taxes:
            assert tax.taxable + inside == item.amount
            assert abs(tax.amount - exact_net * Fraction(tax.rate)) < 1
            sums[tax.name, tax.rate, tax.included][0] += tax.taxable
            sums[tax.name, tax.rate, tax.included][1] += tax.amount
    assert {(each.name, each.rate, each.included): [each.taxable, each.amount] for each in taxed.totals} == sums


@given(requests())
def test_by_total_each_rate_is_rounded_once(case: tuple[TaxTable, TaxRequest]) -> None:
    rules, request = case
    rates = {each: rules.rates_at(request.destination, each, request.on) for each in ("standard", "reduced")}
    by_total = TaxTable(
        [RateRule("DE", "", "", each, *named, SINCE) for each in rates for named in rates[each]], {"DE": "total"}
    ).taxes_of(request)
    exact: defaultdict[tuple[str, Decimal, bool], Fraction] = defaultdict(Fraction)
    for item in request.items:
        of_class = rates[item.tax_class]
        divisor = 1 + sum(Fraction(rate) for _, rate in of_class) if item.included else 1
        for name, rate in of_class:
            exact[name, rate, item.included] += Fraction(item.amount) / divisor * Fraction(rate)
    found = {(each.name, each.rate, each.included): each.amount for each in by_total.totals}
    assert found == {key: half_up(each) for key, each in exact.items()}


@given(st.lists(st.fractions(-1000, 1000, max_denominator=997), max_size=20))
def test_parts_are_allotted_to_their_rounded_sum_none_a_unit_off(parts: list[Fraction]) -> None:
    allotted = allot_exactly(parts)
    assert sum(allotted) == half_up(sum(parts, Fraction(0)))
    assert all(abs(whole - part) < 1 for whole, part in zip(allotted, parts, strict=True))
    assert allot_exactly([-part for part in parts]) == [-whole for whole in allotted] or sum(parts) == 0


@given(st.integers(-(10**12), 10**12), st.lists(RATES, max_size=4))
def test_a_net_amount_is_less_than_half_a_unit_off(amount: int, rates: list[Decimal]) -> None:
    net = without_tax(amount, [("VAT", rate) for rate in rates])
    assert abs(net - Fraction(amount) / (1 + sum(map(Fraction, rates)))) <= Fraction(1, 2)


def test_the_currencies_tried_have_no_two_and_three_digits() -> None:
    assert [EXPONENT_BY_CURRENCY[each] for each in CURRENCIES] == [0, 2, 3]
