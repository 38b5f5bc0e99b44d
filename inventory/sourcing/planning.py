"""Plans of which location sends what, ranked by the rules of a storefront. No database, no clock.

A plan is drawn: locations in some order, each gives what is still wanted and it may send. Which orders are tried is
bounded, whatever the number of locations n: all in the order of the rules, each of the first PUT_FIRST put first, each
alone, and for `fewest_parcels` every combination of a POOL and one greedy cover. So n + 300 drawings at most. Without
`fewest_parcels` the best plan is always among them, as it draws in the order of the rules; with it, always when no more
than POOL locations have anything, and else as good as the pool and the cover are.
"""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inventory.sourcing.places import Demand, Place, sold_at
from inventory.sourcing.rules import FEWEST_PARCELS, NEAREST, PRIORITY, Sourcing

POOL = 7
PUT_FIRST = 50


@dataclass(frozen=True)
class Source:
    """A location that may send something of what is wanted."""

    place: Place
    units: dict[uuid.UUID, int]
    distance: int


@dataclass(frozen=True)
class Parcel:
    """What one location sends, by variant."""

    source: Source
    units: dict[uuid.UUID, int]

    @property
    def place(self) -> Place:
        return self.source.place

    @property
    def total(self) -> int:
        return sum(self.units.values())


@dataclass(frozen=True)
class Plan:
    """What each location sends, and by variant what none does. `cost` is smaller for the better plan."""

    parcels: tuple[Parcel, ...]
    short: dict[uuid.UUID, int]
    cost: tuple[Any, ...]


class Planner:
    """All that is asked about one demand."""

    def __init__(self, places: Iterable[Place], demand: Demand, sourcing: Sourcing) -> None:
        self.places = sorted(places, key=lambda place: (place.priority, place.code))
        self.demand = demand
        self.sourcing = sourcing
        self.begun = any(place.begun for place in self.places)
        self.sources = sorted(self._sources(), key=self._preference)

    def best(self) -> Plan:
        """What `ranked` has first. The usual case, that the first location has everything, costs one drawing."""
        first = self.draw(self.sources[:1])
        if not first.short and not self.begun:
            return first
        if not self.sourcing.never_splits and FEWEST_PARCELS not in self.sourcing.orderings:
            return self.draw(self.sources)
        return min(self._plans(), key=lambda plan: plan.cost)

    def ranked(self, at_most: int) -> list[Plan]:
        """The best first; each allots units in another way."""
        plans = {plan.cost: plan for plan in self._plans()}
        return [plans[cost] for cost in sorted(plans)[:at_most]]

    def draw(self, sources: Iterable[Source]) -> Plan:
        """Each location in turn gives what is still wanted."""
        left = {variant_id: units for variant_id, units in self.demand.units.items() if units > 0}
        parcels = []
        for source in sources:
            if not left:
                break
            taken = {each: min(units, left[each]) for each, units in source.units.items() if each in left}
            if taken:
                parcels.append(Parcel(source, taken))
                left = {each: units - taken.get(each, 0) for each, units in left.items() if units > taken.get(each, 0)}
        return Plan(tuple(parcels), left, self._cost(parcels, left))

    def _sources(self) -> Iterator[Source]:
        for place in self.places:
            if units := sold_at(place, self.demand.units, self.sourcing):
                yield Source(place, units, self.sourcing.distance(place.country, place.postal_code))

    def _preference(self, source: Source) -> tuple[Any, ...]:
        """Those that send something already come first where parcels count before all else."""
        ranks = (_RANKS[rule](source) for rule in self.sourcing.orderings)
        return (*ranks, source.place.code)

    def _plans(self) -> Iterator[Plan]:
        return (self.draw(sources) for sources in self._orders())

    def _orders(self) -> Iterator[Sequence[Source]]:
        if self.sourcing.never_splits:
            yield from self._unsplit()
            return
        yield self.sources
        for first in self.sources[:PUT_FIRST]:
            yield [first, *(source for source in self.sources if source is not first)]
        yield from ([source] for source in self.sources)
        if FEWEST_PARCELS in self.sourcing.orderings:
            yield from self._combinations()
            yield self._cover()

    def _unsplit(self) -> Iterator[Sequence[Source]]:
        """What is begun at a location goes on there."""
        if self.begun:
            yield [source for source in self.sources if source.place.begun]
        else:
            yield from ([source] for source in self.sources) if self.sources else ([],)

    def _combinations(self) -> Iterator[Sequence[Source]]:
        """Of half the pool by preference and half by what it has, each in the order of preference."""
        by_units = sorted(self.sources, key=lambda source: -_gives(source, self.demand.units))
        chosen = {id(each) for each in itertools.islice(_alternating(self.sources, by_units), POOL)}
        pool = [source for source in self.sources if id(source) in chosen]
        for size in range(2, len(pool) + 1):
            yield from itertools.combinations(pool, size)

    def _cover(self) -> Sequence[Source]:
        """Always the location next that has most of what is left, those that send something already first."""
        left, remaining, cover = dict(self.demand.units), list(self.sources), []
        while remaining and any(left.values()):
            best = max(remaining, key=lambda source: (source.place.begun, _gives(source, left)))
            remaining.remove(best)
            cover.append(best)
            left = {each: max(units - best.units.get(each, 0), 0) for each, units in left.items()}
        return cover

    def _cost(self, parcels: Sequence[Parcel], short: dict[uuid.UUID, int]) -> tuple[Any, ...]:
        """Units that are missing count before all rules, and of those first what would be refused."""
        refused = sum(units for variant_id, units in short.items() if variant_id in self.demand.refused)
        rules = (_COSTS[rule](parcels) for rule in self.sourcing.orderings)
        return refused, sum(short.values()), *rules, _as_sorted(parcels)


def _gives(source: Source, wanted: Mapping[uuid.UUID, int]) -> int:
    return sum(min(units, wanted.get(each, 0)) for each, units in source.units.items())


def _alternating(one: Sequence[Source], other: Sequence[Source]) -> Iterator[Source]:
    """Of both in turn, each once."""
    seen = set()
    for source in itertools.chain.from_iterable(zip(one, other, strict=True)):
        if id(source) not in seen:
            seen.add(id(source))
            yield source


_RANKS: dict[str, Callable[[Source], int]] = {
    NEAREST: lambda source: source.distance,
    PRIORITY: lambda source: source.place.priority,
    FEWEST_PARCELS: lambda source: 0 if source.place.begun else 1,
}


def _units_by(parcels: Sequence[Parcel], rank: Callable[[Source], int]) -> tuple[tuple[int, int], ...]:
    """(rank, −units) ascending: as many units as can be from the first rank make a smaller one."""
    units: Counter[int] = Counter()
    for parcel in parcels:
        units[rank(parcel.source)] -= parcel.total
    return tuple(sorted(units.items()))


_COSTS: dict[str, Callable[[Sequence[Parcel]], object]] = {
    NEAREST: lambda parcels: _units_by(parcels, _RANKS[NEAREST]),
    PRIORITY: lambda parcels: _units_by(parcels, _RANKS[PRIORITY]),
    FEWEST_PARCELS: lambda parcels: sum(not parcel.place.begun for parcel in parcels),
}


def _as_sorted(parcels: Sequence[Parcel]) -> tuple[tuple[str, str, int], ...]:
    """What tells two plans apart, so that the same is chosen every time."""
    return tuple(
        sorted((parcel.place.code, str(each), -units) for parcel in parcels for each, units in parcel.units.items())
    )
