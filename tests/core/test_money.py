from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.money import (
    EXPONENT_BY_CURRENCY,
    MAX_MINOR,
    allot,
    amount_of,
    exponent,
    format_money,
    from_minor,
    require_currency,
    share,
    spread,
    to_minor,
)

EVER_TAKEN = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP "
    "LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB "
    "PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF "
    "YER ZAR ZMW ZWG"
)
"""Codes that an order may have: one that ISO 4217 withdraws is moved to core.money's own, so that its orders show."""


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        ("EUR", 2), ("JPY", 0), ("KWD", 3), ("UYW", 4), ("CLF", 4), ("HUF", 2), ("IQD", 3), ("ISK", 0), ("MRU", 2),
        ("XCG", 2), ("SLE", 2), ("ZWG", 2), ("VED", 2), ("UGX", 0),
    ],
)  # fmt: skip
def test_each_currency_of_today_has_the_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == EXPONENT_BY_CURRENCY[currency] == digits


@pytest.mark.parametrize(("currency", "digits"), [("BGN", 2), ("HRK", 2), ("ANG", 2), ("CUC", 2), ("BYR", 0)])
def test_a_withdrawn_currency_is_shown_and_taken_no_more(currency: str, digits: int) -> None:
    assert currency not in EXPONENT_BY_CURRENCY
    assert exponent(currency) == digits
    assert format_money(1_234, currency) == (f"12.34 {currency}" if digits else f"1,234 {currency}")
    with pytest.raises(InvalidInput) as refusal:
        require_currency(currency)
    (problem,) = refusal.value.errors
    assert (problem.pointer, problem.code) == ("/currency", "unknown_currency")


def test_every_currency_that_was_ever_taken_has_its_digits() -> None:
    assert [currency for currency in EVER_TAKEN.split() if not 0 <= exponent(currency) <= 4] == []
    assert sorted(EXPONENT_BY_CURRENCY.keys() - EVER_TAKEN.split()) == []


@pytest.mark.parametrize("currency", ["", "eur", "XXX", "XAU", "XTS", "EURO", "€"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 4217 currency"):
        exponent(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("2.55", "EUR", 255),
        ("2.554", "EUR", 255),
        ("2.555", "EUR", 256),
        ("-2.555", "EUR", -256),
        ("0.004", "EUR", 0),
        ("12", "JPY", 12),
        ("12.5", "JPY", 13),
        ("1.2345", "KWD", 1_235),
        ("1e3", "EUR", 100_000),
    ],
)
def test_decimals_are_rounded_half_away_from_zero(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (256_789, "GBP", "2,567.89 GBP"),
        (-5, "EUR", "-0.05 EUR"),
        (0, "JPY", "0 JPY"),
        (1_234_567, "JPY", "1,234,567 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (MAX_MINOR, "EUR", "10,000,000,000,000.00 EUR"),
    ],
)
def test_amounts_are_shown_with_their_currency(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(["EUR", "JPY", "KWD", "UYW"]))
def test_minor_units_survive_the_edge_and_back(amount: int, currency: str) -> None:
    assert to_minor(from_minor(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("units", "unit_price", "currency", "minor"),
    [
        (300, "0.005678", "GBP", 170),
        (1000, "0.125", "GBP", 12_500),
        (1, "2.555", "GBP", 256),
        (-1, "2.555", "GBP", -256),
        (3, "0.335", "GBP", 101),
        (3, "0.333", "JPY", 1),
        (7, "0.0715", "KWD", 501),
        (10**6, "999999999999999999.999999999999999999", "GBP", 10**26),
    ],
)
def test_what_units_come_to_is_exact_and_rounded_once(units: int, unit_price: str, currency: str, minor: int) -> None:
    assert amount_of(units, Decimal(unit_price), currency) == minor


@pytest.mark.parametrize(
    ("total", "units", "prices"),
    [(170, 300, {1: 170, 0: 130}), (12_500, 1000, {13: 500, 12: 500}), (510, 2, {255: 2}), (0, 4, {0: 4})],
)
def test_a_total_is_spread_over_units_at_one_price_or_two(total: int, units: int, prices: dict[int, int]) -> None:
    assert spread(total, units) == prices


@given(st.integers(0, MAX_MINOR), st.integers(1, 10**6))
def test_a_spread_comes_to_the_total_exactly_at_prices_a_unit_apart(total: int, units: int) -> None:
    prices = spread(total, units)
    assert (sum(prices.values()), sum(price * count for price, count in prices.items())) == (units, total)
    assert max(prices) - min(prices) <= 1


@pytest.mark.parametrize(("total", "units"), [(1, 0), (-1, 1)])
def test_nothing_is_spread_over_no_units_nor_less_than_nothing(total: int, units: int) -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        spread(total, units)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [3, 7], [2, 3]),
        (10, [0, 5], [0, 10]),
        (7, [0, 0], [7, 0]),
        (0, [1, 2], [0, 0]),
        (1, [1, 2], [0, 1]),
    ],
)
def test_the_remainder_goes_to_the_largest_fractions(total: int, weights: list[int], parts: list[int]) -> None:
    assert allot(total, weights) == parts


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_parts_sum_to_the_total_and_none_is_off_by_a_unit_or_more(total: int, weights: list[int]) -> None:
    parts = allot(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(
            abs(part * sum(weights) - total * weight) < sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_weights_that_make_no_sense_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        allot(1, weights)


@pytest.mark.parametrize(
    ("total", "units", "parts"),
    [(10, 3, [3, 4, 3]), (-10, 3, [-3, -4, -3]), (2, 4, [1, 0, 1, 0]), (0, 2, [0, 0]), (7, 1, [7])],
)
def test_each_unit_has_its_share_of_a_total(total: int, units: int, parts: list[int]) -> None:
    assert [share(total, units, at, at + 1) for at in range(units)] == parts


@given(
    total=st.integers(-MAX_MINOR, MAX_MINOR),
    units=st.integers(1, 1_000_000),
    cuts=st.lists(st.integers(0, 1_000_000), max_size=6),
)
def test_shares_sum_to_the_total_whatever_parts_the_units_are_taken_in(total: int, units: int, cuts: list[int]) -> None:
    borders = sorted({0, units, *(cut % (units + 1) for cut in cuts)})
    parts = [share(total, units, begin, end) for begin, end in itertools.pairwise(borders)]
    assert sum(parts) == total


@pytest.mark.parametrize(("units", "begin", "end"), [(0, 0, 0), (3, 2, 1), (3, -1, 1), (3, 0, 4)])
def test_there_is_no_share_of_units_that_are_not_there(units: int, begin: int, end: int) -> None:
    with pytest.raises(ValueError, match="share needs units"):
        share(10, units, begin, end)
