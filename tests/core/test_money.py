from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_MINOR, allot, exponent, format_money, from_minor, to_minor


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("UYW", 4)])
def test_each_currency_has_its_exponent(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", ["", "eur", "XXX", "EURO", "€"])
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
