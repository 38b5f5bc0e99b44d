"""Which delivery methods bring the goods, for how much and why, and why the others don't. Pure.

The most precise zone that has the destination decides: beginnings of postcodes before a region, that before countries,
and these before everywhere; of postcodes the longest beginning. Of its rates that take the weight and the amount the
cheapest holds, the first of equals. A wider zone is not asked in its place.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.money import format_money
from core.text import fold
from taxes.queries import Destination

Kind = Literal["parcel", "pickup"]
Reason = Literal["location_inactive", "no_price", "address_needed", "zone", "weight", "amount"]
COUNTRIES_NAMED = 4
ZONES_NAMED = 3
"""In a sentence."""


@dataclass(frozen=True)
class RateRule:
    """A row of a method's rates: see DeliveryRate. Countries and beginnings of postcodes are sorted."""

    currency: str
    price: int
    countries: Sequence[str] = ()
    region: str = ""
    postal_prefixes: Sequence[str] = ()
    weight_over: int = 0
    weight_up_to: int | None = None
    amount_from: int = 0
    amount_below: int | None = None
    free_from: int | None = None


@dataclass(frozen=True)
class MethodRule:
    """An active method with its rates. `tax_class` is a code, empty for the standard class."""

    code: str
    name: str
    kind: Kind
    rates: Sequence[RateRule] = ()
    location_id: uuid.UUID | None = None
    location_code: str = ""
    location_country: str = ""
    location_active: bool = True
    includes_tax: bool = False
    tax_class: str = ""
    carrier: str = ""
    min_days: int | None = None
    max_days: int | None = None


@dataclass(frozen=True)
class Option:
    """A method that fits, and `why` it costs that: "zone DE, up to 5 kg, free from 50.00 EUR"."""

    code: str
    name: str
    kind: Kind
    location_id: uuid.UUID | None
    price: int
    includes_tax: bool
    tax_class: str
    why: str
    carrier: str = ""
    min_days: int | None = None
    max_days: int | None = None


@dataclass(frozen=True)
class Unfit:
    """A method that doesn't fit: `reason` is a word for machines, `why` a sentence for the shopper."""

    code: str
    name: str
    kind: Kind
    reason: Reason
    why: str


@dataclass(frozen=True)
class _Asked:
    """What is to be brought, and where; places as the rules write them."""

    currency: str
    country: str
    region: str
    postcode: str
    weight: int
    amount: int


def options(
    rules: Iterable[MethodRule], *, currency: str, destination: Destination, weight_grams: int, amount: int
) -> tuple[Sequence[Option], Sequence[Unfit]]:
    """The methods that fit, and those that don't, both in the order of the rules.

    `amount` is what the goods come to, in minor units.
    """
    asked = _Asked(
        currency,
        destination.country.upper(),
        fold(destination.region),
        compact(destination.postal_code),
        weight_grams,
        amount,
    )
    judged = [_judged(method, asked) for method in rules]
    fit = [each for each in judged if isinstance(each, Option)]
    return fit, [each for each in judged if isinstance(each, Unfit)]


def compact(postal_code: str) -> str:
    """A postcode, or its beginning, as rates compare it: "sw1a 1aa" → "SW1A1AA"."""
    return "".join(filter(str.isalnum, postal_code.upper()))


def _judged(method: MethodRule, asked: _Asked) -> Option | Unfit:
    if method.kind == "pickup" and not method.location_active:
        return _unfit(method, "location_inactive", f"Its location {method.location_code} is inactive.")
    if method.kind == "pickup" and not method.rates:
        return _option(method, 0, [f"pickup at {method.location_code}", "free"])
    priced = [rate for rate in method.rates if rate.currency == asked.currency]
    if not priced:
        return _unfit(method, "no_price", f"It has no price in {asked.currency}.")
    zone = _most_precise(priced, asked)
    if not zone:
        return _not_there(method, priced, asked)
    fitting = [rate for rate in zone if _takes_weight(rate, asked.weight) and _takes_amount(rate, asked.amount)]
    if not fitting:
        return _not_that(method, zone, asked)
    rate = min(fitting, key=lambda each: _price(each, asked.amount))
    return _option(method, _price(rate, asked.amount), _why(method, rate))


def _why(method: MethodRule, rate: RateRule) -> Sequence[str]:
    if method.kind == "parcel":
        return in_words(rate)
    return [f"pickup at {method.location_code}", *in_words(rate)[0 if rate.countries else 1 :]]


def _most_precise(rates: Sequence[RateRule], asked: _Asked) -> list[RateRule]:
    found = [(precision, rate) for rate in rates if (precision := _precision(rate, asked)) is not None]
    best = max((precision for precision, _ in found), default=None)
    return [rate for precision, rate in found if precision == best]


def _precision(rate: RateRule, asked: _Asked) -> tuple[int, bool, bool] | None:
    """How precisely the rate's zone names the destination; None where it isn't in it."""
    if not rate.countries:
        return 0, False, False
    if asked.country not in rate.countries or (rate.region and fold(rate.region) != asked.region):
        return None
    longest = max((len(each) for each in rate.postal_prefixes if asked.postcode.startswith(each)), default=0)
    return (longest, bool(rate.region), True) if longest or not rate.postal_prefixes else None


def _takes_weight(rate: RateRule, weight: int) -> bool:
    over = weight > rate.weight_over or not rate.weight_over
    return over and (rate.weight_up_to is None or weight <= rate.weight_up_to)


def _takes_amount(rate: RateRule, amount: int) -> bool:
    return amount >= rate.amount_from and (rate.amount_below is None or amount < rate.amount_below)


def _price(rate: RateRule, amount: int) -> int:
    return 0 if rate.free_from is not None and amount >= rate.free_from else rate.price


def _option(method: MethodRule, price: int, why: Sequence[str]) -> Option:
    return Option(
        method.code,
        method.name,
        method.kind,
        method.location_id,
        price,
        method.includes_tax,
        method.tax_class,
        ", ".join(why),
        method.carrier,
        method.min_days,
        method.max_days,
    )


# Why not


def _unfit(method: MethodRule, reason: Reason, why: str) -> Unfit:
    return Unfit(method.code, method.name, method.kind, reason, why)


def _not_there(method: MethodRule, rates: Sequence[RateRule], asked: _Asked) -> Unfit:
    if not asked.country:
        return _unfit(method, "address_needed", "It depends on where the goods go, and no country is given.")
    there = [rate for rate in rates if asked.country in rate.countries]
    if not there:
        return _unfit(method, "zone", f"It doesn't go to {asked.country}.")
    if not asked.postcode and any(rate.postal_prefixes for rate in there):
        return _unfit(method, "address_needed", f"It depends on the postcode in {asked.country}, and none is given.")
    if not asked.region and any(rate.region for rate in there):
        return _unfit(method, "address_needed", f"It depends on the region in {asked.country}, and none is given.")
    zones = list(dict.fromkeys(zone_in_words(rate) for rate in there))
    return _unfit(method, "zone", f"In {asked.country} it goes to these alone: {_listed(zones)}.")


def _not_that(method: MethodRule, zone: Sequence[RateRule], asked: _Asked) -> Unfit:
    too_light_or_heavy = not any(_takes_weight(rate, asked.weight) for rate in zone)
    there = list(dict.fromkeys(", ".join(in_words(rate)) for rate in zone))
    goods = f"{weight_in_words(asked.weight)} and goods for {format_money(asked.amount, asked.currency)}"
    return _unfit(
        method, "weight" if too_light_or_heavy else "amount", f"It takes no {goods}; there is: {_listed(there)}."
    )


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - ZONES_NAMED
    return "; ".join([*texts[:ZONES_NAMED], *([f"and {more} more"] if more > 0 else [])])


# In words


def in_words(rate: RateRule) -> list[str]:
    """What a rate is for and from when it is free: ["zone DE", "up to 5 kg", "free from 50.00 EUR"]."""
    free = "" if rate.price else "free"
    if rate.free_from is not None:
        free = f"free from {format_money(rate.free_from, rate.currency)}"
    goods = amounts_in_words(rate)
    parts = [zone_in_words(rate), weights_in_words(rate), f"goods {goods}" if goods else "", free]
    return [part for part in parts if part]


def weights_in_words(rate: RateRule) -> str:
    """ "over 5 kg up to 10 kg"; empty for any weight."""
    weights = [f"over {weight_in_words(rate.weight_over)}"] if rate.weight_over else []
    weights += [f"up to {weight_in_words(rate.weight_up_to)}"] if rate.weight_up_to is not None else []
    return " ".join(weights)


def amounts_in_words(rate: RateRule) -> str:
    """ "from 50.00 EUR below 100.00 EUR"; empty for any amount."""
    amounts = [f"from {format_money(rate.amount_from, rate.currency)}"] if rate.amount_from else []
    amounts += [f"below {format_money(rate.amount_below, rate.currency)}"] if rate.amount_below is not None else []
    return " ".join(amounts)


def zone_in_words(rate: RateRule) -> str:
    """ "zone DE", "zone US, region CA", "zone DE, postcodes 274…, 25…", "everywhere"."""
    if not rate.countries:
        return "everywhere"
    zone = f"zone {_some(rate.countries)}"
    if rate.region:
        zone += f", region {rate.region}"
    if rate.postal_prefixes:
        zone += f", postcodes {_some([f'{each}…' for each in rate.postal_prefixes])}"
    return zone


def _some(names: Sequence[str]) -> str:
    more = len(names) - COUNTRIES_NAMED
    named = ", ".join(names[:COUNTRIES_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def weight_in_words(grams: int) -> str:
    """1500 → "1.5 kg", 250 → "250 g"."""
    return f"{grams} g" if grams < 1000 else f"{Decimal(grams).scaleb(-3).normalize():f} kg"
