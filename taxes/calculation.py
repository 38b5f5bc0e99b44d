"""What taxes come to. Pure: rules and amounts go in, taxes come out; no database, no clock, no network.

All amounts are minor units of the request's currency. Inside, every amount is an exact fraction, and is rounded once:
half up, away from zero.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from core.text import fold
from taxes.destinations import Destination, compact, plain_region
from taxes.statuses import TaxRounding
from taxes.union import is_reverse_charge

STANDARD = "standard"
"""The class of what names none."""

EXEMPT, REVERSE_CHARGE, NO_RATES = "exempt", "reverse_charge", "no_rates"
"""Why nothing is taxed."""

_LONGEST_PREFIX = 12


@dataclass(frozen=True)
class TaxBuyer:
    """Who buys: `vat_id` as they gave it, and why they are exempt, if they are."""

    vat_id: str = ""
    exempt_reason: str = ""


@dataclass(frozen=True)
class Taxable:
    """`amount` is after discounts. `included`: it is what is paid, with the taxes in it."""

    key: str
    amount: int
    tax_class: str
    included: bool


@dataclass(frozen=True)
class TaxRequest:
    """`on` is the day whose rates hold."""

    currency: str
    on: dt.date
    seller: Destination
    destination: Destination
    items: Sequence[Taxable]
    buyer: TaxBuyer = TaxBuyer()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items))


@dataclass(frozen=True)
class Tax:
    """One tax: `amount` on the net amount `taxable`.

    `included`: the price has it in it already. `reason` is why a rate of zero was taken in place of the place's own:
    "exempt" or "reverse_charge"; `given` is what the buyer gave for it, a reason or a VAT id.
    """

    name: str
    rate: Decimal
    taxable: int
    amount: int
    included: bool
    reason: str = ""
    given: str = ""


@dataclass(frozen=True)
class Taxed:
    """The taxes of each item by its key, and their totals per name, rate, reason and whether they are included."""

    by_item: Mapping[str, Sequence[Tax]]
    totals: Sequence[Tax]

    @classmethod
    def of(cls, by_item: Mapping[str, Sequence[Tax]]) -> Taxed:
        """With the totals that these items have."""
        groups: defaultdict[Tax, list[Tax]] = defaultdict(list)
        for taxes in by_item.values():
            for tax in taxes:
                groups[replace(tax, taxable=0, amount=0)].append(tax)
        totals = [
            replace(kind, taxable=sum(tax.taxable for tax in each), amount=sum(tax.amount for tax in each))
            for kind, each in groups.items()
        ]
        return cls(by_item, totals)


class NamedRate(NamedTuple):
    name: str
    rate: Decimal


@dataclass(frozen=True)
class RateRule:
    """One row of a tax table. `valid_until` is its last day; an empty `region` or `postal_prefix` means any."""

    country: str
    region: str
    postal_prefix: str
    tax_class: str
    name: str
    rate: Decimal
    valid_from: dt.date
    valid_until: dt.date | None = None

    def holds(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


_Place = tuple[str, str, str, str]
"""Country, class, postal prefix, region."""


class TaxTable:
    """All rates and the rounding of countries: built once, and read by any number of threads."""

    def __init__(self, rates: Iterable[RateRule], countries: Mapping[str, str]) -> None:
        """`countries`: ISO code → a TaxRounding; a country that isn't named rounds by line."""
        by_place: defaultdict[_Place, list[RateRule]] = defaultdict(list)
        for rate in rates:
            country = rate.country.upper()
            region = plain_region(rate.region, country)
            by_place[country, fold(rate.tax_class), compact(rate.postal_prefix), region].append(rate)
        self._rates = dict(by_place)
        self._countries = frozenset(country for country, *_ in self._rates)
        self._rounding = {country.upper(): TaxRounding(rounding) for country, rounding in countries.items()}

    def rates_at(self, place: Destination, tax_class: str, on: dt.date) -> Sequence[NamedRate]:
        """The taxes that add up there, those of the country first. Of one name the most specific place decides: the
        longest postal prefix, then the region, then the country.
        """
        found: dict[str, RateRule] = {}
        for rate in self._from_the_most_specific(place, tax_class):
            if rate.holds(on):
                found.setdefault(fold(rate.name), rate)
        ordered = sorted(found.values(), key=lambda rate: (len(rate.postal_prefix), bool(rate.region), rate.name))
        return tuple(NamedRate(rate.name, rate.rate) for rate in ordered)

    def is_taxed(self, request: TaxRequest) -> str:
        """Why nothing of it is taxed: "exempt", "reverse_charge", or "no_rates" where none of its classes has a rate.
        Empty: something is.
        """
        return _reason(request, self._rates_of(request))

    def taxes_of(self, request: TaxRequest) -> Taxed:
        """An item of a class without a rate there has no taxes; one whose rate is zero has one, of zero."""
        rates = self._rates_of(request)
        reason = _reason(request, rates)
        if reason:
            return Taxed.of(
                {item.key: _untaxed(item, reason, request, rates[item.tax_class]) for item in request.items}
            )
        shares = [
            _Share(item, named, _exact(item, rates[item.tax_class], named))
            for item in request.items
            for named in rates[item.tax_class]
        ]
        rounding = self._rounding.get(request.destination.country.upper(), TaxRounding.LINE)
        return _taxed(request.items, shares, _rounded(shares, rounding))

    def _rates_of(self, request: TaxRequest) -> Mapping[str, Sequence[NamedRate]]:
        """By class, of those that the items are of."""
        classes = {item.tax_class for item in request.items} or {STANDARD}
        return {each: self.rates_at(request.destination, each, request.on) for each in classes}

    def _from_the_most_specific(self, place: Destination, tax_class: str) -> Iterator[RateRule]:
        country, code, of_class = place.country.upper(), compact(place.postal_code), fold(tax_class)
        if country not in self._countries:
            return
        regions = dict.fromkeys((plain_region(place.region, country), ""))
        for length in range(min(len(code), _LONGEST_PREFIX), -1, -1):
            for region in regions:
                yield from self._rates.get((country, of_class, code[:length], region), ())


def without_tax(amount: int, rates: Iterable[tuple[str, Decimal]]) -> int:
    """The net amount of one that includes these taxes, as rates_at() gives them, rounded half up."""
    return half_up(Fraction(amount) / (1 + sum(Fraction(rate) for _, rate in rates)))


def half_up(exact: Fraction) -> int:
    """Rounded half up, away from zero."""
    rounded = int(abs(exact) + Fraction(1, 2))
    return rounded if exact >= 0 else -rounded


def allot_exactly(parts: Sequence[Fraction]) -> list[int]:
    """The parts in whole units, which sum to their rounded sum: each is rounded toward zero, and the remainder goes, a
    unit each, to the largest fractions, first come first served.
    """
    exact = sum(parts, Fraction(0))
    if exact < 0:
        return [-part for part in allot_exactly([-part for part in parts])]
    whole = [part.__floor__() for part in parts]
    by_fraction = sorted(range(len(parts)), key=lambda i: whole[i] - parts[i])
    for i in by_fraction[: half_up(exact) - sum(whole)]:
        whole[i] += 1
    return whole


class _Share(NamedTuple):
    """One tax of one item, exactly."""

    item: Taxable
    named: NamedRate
    exact: Fraction


def _exact(item: Taxable, rates: Sequence[NamedRate], named: NamedRate) -> Fraction:
    net = Fraction(item.amount)
    if item.included:
        net /= 1 + sum(Fraction(each.rate) for each in rates)
    return net * Fraction(named.rate)


def _reason(request: TaxRequest, rates: Mapping[str, Sequence[NamedRate]]) -> str:
    if request.buyer.exempt_reason:
        return EXEMPT
    if is_reverse_charge(request.seller, request.destination, request.buyer.vat_id, request.on):
        return REVERSE_CHARGE
    return "" if any(rates.values()) else NO_RATES


def _rounded(shares: Sequence[_Share], rounding: TaxRounding) -> list[int]:
    if rounding == TaxRounding.LINE:
        return [half_up(share.exact) for share in shares]
    groups: defaultdict[tuple[NamedRate, bool], list[int]] = defaultdict(list)
    for position, share in enumerate(shares):
        groups[share.named, share.item.included].append(position)
    amounts = [0] * len(shares)
    for positions in groups.values():
        for position, amount in zip(positions, allot_exactly([shares[i].exact for i in positions]), strict=True):
            amounts[position] = amount
    return amounts


def _taxed(items: Sequence[Taxable], shares: Sequence[_Share], amounts: Sequence[int]) -> Taxed:
    inside: defaultdict[str, int] = defaultdict(int)
    for share, amount in zip(shares, amounts, strict=True):
        inside[share.item.key] += amount if share.item.included else 0
    by_item: dict[str, list[Tax]] = {item.key: [] for item in items}
    for (item, named, _), amount in zip(shares, amounts, strict=True):
        net = item.amount - inside[item.key]
        by_item[item.key].append(Tax(named.name, named.rate, net, amount, item.included))
    return Taxed.of(by_item)


def _untaxed(item: Taxable, reason: str, request: TaxRequest, rates: Sequence[NamedRate]) -> list[Tax]:
    """A rate of zero with its reason, under the name that the tax has there; nothing where nothing would be taxed."""
    if reason == REVERSE_CHARGE:
        return [_zero(item, rates[0].name if rates else "VAT", reason, request.buyer.vat_id)]
    if reason == EXEMPT and rates:
        return [_zero(item, rates[0].name, reason, request.buyer.exempt_reason)]
    return []


def _zero(item: Taxable, name: str, reason: str, given: str) -> Tax:
    return Tax(name, Decimal(0), item.amount, 0, included=False, reason=reason, given=given)
