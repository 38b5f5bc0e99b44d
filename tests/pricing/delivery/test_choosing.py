"""Which delivery methods bring the goods, for how much, and the words for it. Nothing of it asks a database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from pricing.delivery.choosing import MethodRule, Option, RateRule, Unfit, compact, options, weight_in_words
from taxes.queries import Destination

BERLIN = Destination("DE", "Berlin", "10115")
NOWHERE = Destination()
HELGOLAND = Destination("de", "Schleswig-Holstein", "27498")


def rate(price: int = 500, currency: str = "EUR", **fields: Any) -> RateRule:
    return RateRule(currency, price, **fields)


def method(*rates: RateRule, **fields: Any) -> MethodRule:
    return MethodRule(**{"code": "STANDARD", "name": "Standard", "kind": "parcel", "rates": rates, **fields})


def pickup(*rates: RateRule, **fields: Any) -> MethodRule:
    return method(*rates, kind="pickup", location_id=new_id(), location_code="MAIN", **fields)


def asked(
    rule: MethodRule, to: Destination = BERLIN, weight: int = 1_000, amount: int = 2_000, currency: str = "EUR"
) -> Any:
    fit, unfit = options([rule], currency=currency, destination=to, weight_grams=weight, amount=amount)
    assert len(fit) + len(unfit) == 1
    return fit[0] if fit else unfit[0]


def price(rule: MethodRule, to: Destination = BERLIN, weight: int = 1_000, amount: int = 2_000) -> tuple[int, str]:
    answer = asked(rule, to, weight, amount)
    assert isinstance(answer, Option), answer
    return answer.price, answer.why


def refusal(*args: Any, **kwargs: Any) -> tuple[str, str]:
    answer = asked(*args, **kwargs)
    assert isinstance(answer, Unfit), answer
    return answer.reason, answer.why


def test_an_option_says_what_the_method_is_and_why_it_costs_that() -> None:
    rule = method(
        rate(490, countries=("DE",), weight_up_to=5_000, free_from=5_000),
        includes_tax=True, tax_class="reduced", carrier="DHL", min_days=1, max_days=3,
    )  # fmt: skip
    why = "zone DE, up to 5 kg, free from 50.00 EUR"
    assert asked(rule) == Option("STANDARD", "Standard", "parcel", None, 490, True, "reduced", why, "DHL", 1, 3)
    assert price(rule, amount=4_999) == (490, why)
    assert price(rule, amount=5_000) == (0, why)


def test_methods_stay_in_their_order_and_those_that_don_t_fit_come_apart() -> None:
    rules = [
        method(rate(900), code="B"), method(code="X"),
        method(rate(100), code="A"), pickup(code="P"), pickup(code="Q", location_active=False),
    ]  # fmt: skip
    fit, unfit = options(rules, currency="EUR", destination=BERLIN, weight_grams=1, amount=1)
    assert [each.code for each in fit] == ["B", "A", "P"]
    assert [(each.code, each.reason) for each in unfit] == [("X", "no_price"), ("Q", "location_inactive")]


# Zones


def test_the_most_precise_zone_decides_though_a_wider_one_is_cheaper() -> None:
    rule = method(
        rate(100),
        rate(200, countries=("DE", "AT")),
        rate(300, countries=("DE",), region="schleswig-holstein"),
        rate(400, countries=("DE",), postal_prefixes=("2",)),
        rate(500, countries=("DE",), postal_prefixes=("27498", "25")),
    )
    assert price(rule, HELGOLAND) == (500, "zone DE, postcodes 27498…, 25…")
    assert price(rule, Destination("DE", "Schleswig-Holstein", "24103")) == (400, "zone DE, postcodes 2…")
    assert price(rule, Destination("DE", "SCHLESWIG-HOLSTEIN")) == (300, "zone DE, region schleswig-holstein")
    assert price(rule, BERLIN) == (200, "zone DE, AT")
    assert price(rule, Destination("FR")) == (100, "everywhere")
    assert price(rule, NOWHERE) == (100, "everywhere")


def test_a_wider_zone_is_not_asked_where_the_precise_one_takes_no_such_weight() -> None:
    rule = method(
        rate(500, countries=("DE",)), rate(1_200, countries=("DE",), postal_prefixes=("27498",), weight_up_to=5_000)
    )
    assert price(rule, HELGOLAND, 5_000) == (1_200, "zone DE, postcodes 27498…, up to 5 kg")
    why = "It takes no 5.001 kg and goods for 20.00 EUR; there is: zone DE, postcodes 27498…, up to 5 kg."
    assert refusal(rule, HELGOLAND, 5_001) == ("weight", why)
    assert price(rule, BERLIN, 5_001) == (500, "zone DE")


def test_of_a_zone_s_rates_that_fit_the_cheapest_holds_and_the_first_of_equals() -> None:
    dear, cheap, same = (
        rate(900, countries=("DE",)),
        rate(400, countries=("DE",), weight_up_to=9_000),
        rate(400, countries=("DE",)),
    )
    assert price(method(dear, cheap, same)) == (400, "zone DE, up to 9 kg")
    assert price(method(dear, same, cheap)) == (400, "zone DE")
    free = rate(800, countries=("DE",), free_from=1_000)
    assert price(method(cheap, free)) == (0, "zone DE, free from 10.00 EUR")


def test_postcodes_are_compared_without_spaces_dashes_and_case() -> None:
    rule = method(rate(countries=("GB",), postal_prefixes=("SW1A1",)))
    assert price(rule, Destination("GB", "", " sw1a 1aa"))[0] == 500
    assert refusal(rule, Destination("GB", "", "SW1A 2AA"))[0] == "zone"
    assert compact("1234-567 ab") == "1234567AB"


@pytest.mark.parametrize(
    ("to", "told"),
    [
        (NOWHERE, ("address_needed", "It depends on where the goods go, and no country is given.")),
        (Destination("FR"), ("zone", "It doesn't go to FR.")),
        (Destination("DE"), ("address_needed", "It depends on the postcode in DE, and none is given.")),
        (BERLIN, ("zone", "In DE it goes to these alone: zone DE, postcodes 27…; zone DE, postcodes 25….")),
        (Destination("US"), ("address_needed", "It depends on the region in US, and none is given.")),
        (Destination("US", "NY"), ("zone", "In US it goes to these alone: zone US, region CA.")),
    ],
)
def test_why_it_does_not_go_there(to: Destination, told: tuple[str, str]) -> None:
    rule = method(
        rate(countries=("DE",), postal_prefixes=("27",)), rate(countries=("DE",), postal_prefixes=("25",)),
        rate(countries=("US",), region="CA"), rate(currency="GBP"),
    )  # fmt: skip
    assert refusal(rule, to) == told


def test_another_currency_has_prices_of_its_own() -> None:
    rule = method(rate(500, countries=("DE",)), rate(900, "JPY"))
    assert asked(rule, currency="JPY").price == 900
    assert refusal(rule, currency="GBP") == ("no_price", "It has no price in GBP.")


# Weights and amounts


@pytest.mark.parametrize(("grams", "cost"), [(0, 100), (1_000, 100), (1_001, 200), (5_000, 200)])
def test_weights_are_up_to_and_with_the_end_and_nothing_weighs_something(grams: int, cost: int) -> None:
    rule = method(rate(100, weight_up_to=1_000), rate(200, weight_over=1_000, weight_up_to=5_000))
    assert price(rule, weight=grams)[0] == cost
    there = "everywhere, up to 1 kg; everywhere, over 1 kg up to 5 kg"
    told = f"It takes no 5.001 kg and goods for 20.00 EUR; there is: {there}."
    assert refusal(rule, weight=5_001) == ("weight", told)


@pytest.mark.parametrize(("amount", "cost"), [(1_000, 300), (4_999, 300), (5_000, 200), (9_999, 200)])
def test_amounts_are_from_the_beginning_and_below_the_end(amount: int, cost: int) -> None:
    rule = method(rate(300, amount_from=1_000, amount_below=5_000), rate(200, amount_from=5_000, amount_below=10_000))
    assert price(rule, amount=amount)[0] == cost
    for outside in (999, 10_000):
        assert refusal(rule, amount=outside)[0] == "amount"


def test_more_than_three_reasons_are_counted() -> None:
    rule = method(*(rate(weight_up_to=grams) for grams in (1, 2, 3, 4, 5)))
    assert refusal(rule, weight=6)[1].endswith("everywhere, up to 3 g; and 2 more.")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (rate(0), "everywhere, free"),
        (rate(amount_from=100, amount_below=9_000), "everywhere, goods from 1.00 EUR below 90.00 EUR"),
        (rate(countries=("AT", "BE", "CH", "DE", "FR", "LU")), "zone AT, BE, CH, DE and 2 more"),
    ],
)
def test_a_rate_in_words(rule: RateRule, why: str) -> None:
    assert price(method(rule))[1] == why


@pytest.mark.parametrize(
    ("grams", "told"), [(0, "0 g"), (999, "999 g"), (1_000, "1 kg"), (1_500, "1.5 kg"), (20_000, "20 kg")]
)
def test_a_weight_in_words(grams: int, told: str) -> None:
    assert weight_in_words(grams) == told


# Pickup


def test_a_pickup_is_free_without_rates_in_any_currency_wherever_one_lives() -> None:
    rule = pickup()
    for currency in ("EUR", "JPY"):
        option = asked(rule, NOWHERE, currency=currency)
        assert (option.kind, option.location_id, option.price) == ("pickup", rule.location_id, 0)
        assert option.why == "pickup at MAIN, free"


def test_a_pickup_may_have_a_price() -> None:
    rule = pickup(rate(200, free_from=3_000))
    assert price(rule, NOWHERE) == (200, "pickup at MAIN, free from 30.00 EUR")
    assert refusal(rule, currency="GBP")[0] == "no_price"


def test_an_inactive_location_hands_nothing_out() -> None:
    assert refusal(pickup(location_active=False)) == ("location_inactive", "Its location MAIN is inactive.")


# Whatever the rates


countries = st.lists(st.sampled_from(["DE", "AT", "FR"]), unique=True, max_size=3).map(tuple)
bounds = st.none() | st.integers(1, 20)
rates = st.builds(
    RateRule,
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    price=st.integers(0, 20),
    countries=countries,
    weight_over=st.integers(0, 10),
    weight_up_to=bounds,
    amount_from=st.integers(0, 10),
    amount_below=bounds,
    free_from=bounds,
)
places = st.sampled_from([NOWHERE, BERLIN, Destination("AT"), Destination("US")])


@given(
    st.lists(rates, max_size=6), places, st.integers(0, 30), st.integers(0, 30), st.sampled_from(["EUR", "JPY", "KWD"])
)
def test_every_method_fits_or_says_why_not_and_the_order_of_its_rates_changes_no_price(
    given_rates: list[RateRule], to: Destination, weight: int, amount: int, currency: str
) -> None:
    answers = [asked(method(*each), to, weight, amount, currency) for each in (given_rates, given_rates[::-1])]
    assert all(answer.why for answer in answers)
    assert len({type(answer) for answer in answers}) == 1
    if isinstance(answers[0], Option):
        assert answers[0].price == answers[1].price
        assert type(answers[0].price) is int
        assert answers[0].price in {0, *(each.price for each in given_rates)}
