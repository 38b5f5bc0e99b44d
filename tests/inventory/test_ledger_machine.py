"""Any sequence of stock actions against a model of plain dicts: same levels, same reservations, same refusals."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from core.ids import new_id
from inventory.actions import StockItem, TransferItem, Wanted, adjust, receive, scrap, transfer
from inventory.errors import NotEnoughStock, OutOfStock
from inventory.models import Location, Reservation, StockLevel, Variant
from inventory.queries import Allocation, stock_discrepancies
from orders.models import Order
from tests.factories.inventory import (
    ACTOR,
    a_location,
    a_variant,
    release_of,
    reserve_for,
    ship_of,
    take_back_of,
)
from tests.factories.orders import empty_orders
from tests.machines import RolledBack, lives

_turns = itertools.count(1)

skus = st.integers(0, 1)
places = st.integers(0, 2)
buyers = st.integers(0, 1)
units = st.integers(1, 6)


class Ledger(RolledBack):
    """Two variants, two active places and one that sells nothing, two orders. Every example has its own."""

    @initialize()
    def open_shop(self) -> None:
        turn = next(_turns)
        self.variants: list[Variant] = [a_variant(f"SKU-{turn}-{n}") for n in range(2)]
        self.places: list[Location] = [a_location(f"{turn}-{n}", priority=n, active=n < 2) for n in range(3)]
        self.orders: list[Order] = empty_orders(2)
        self.on_hand: Counter[tuple[int, int]] = Counter()
        self.kept: dict[tuple[int, Any, int, int], int] = {}
        self.out: dict[tuple[int, Any, int, int], int] = {}

    def reserved(self, sku: int, place: int) -> int:
        return sum(count for (_, _, s, p), count in self.kept.items() if (s, p) == (sku, place))

    def free(self, sku: int, place: int) -> int:
        return self.on_hand[sku, place] - self.reserved(sku, place)

    @rule(sku=skus, place=places, count=units)
    def receive(self, sku: int, place: int, count: int) -> None:
        receive([self.item(sku, place, count)], actor=ACTOR)
        self.on_hand[sku, place] += count

    @rule(sku=skus, place=places, count=st.integers(0, 8))
    def adjust_to(self, sku: int, place: int, count: int) -> None:
        variant, location = self.variants[sku].pk, self.places[place].pk
        if count < self.reserved(sku, place):
            with pytest.raises(NotEnoughStock):
                adjust(variant, location, to=count, note="Counted", actor=ACTOR)
        else:
            adjust(variant, location, to=count, note="Counted", actor=ACTOR)
            self.on_hand[sku, place] = count

    @rule(sku=skus, place=places, count=units)
    def scrap(self, sku: int, place: int, count: int) -> None:
        if count > self.free(sku, place):
            with pytest.raises(NotEnoughStock):
                scrap([self.item(sku, place, count)], actor=ACTOR)
        else:
            scrap([self.item(sku, place, count)], actor=ACTOR)
            self.on_hand[sku, place] -= count

    @rule(sku=skus, origin=places, step=st.integers(1, 2), count=units)
    def transfer(self, sku: int, origin: int, step: int, count: int) -> None:
        target = (origin + step) % 3
        item = TransferItem(self.variants[sku].pk, self.places[origin].pk, self.places[target].pk, count)
        if count > self.free(sku, origin):
            with pytest.raises(NotEnoughStock):
                transfer([item], actor=ACTOR)
        else:
            transfer([item], actor=ACTOR)
            self.on_hand[sku, origin] -= count
            self.on_hand[sku, target] += count

    @rule(buyer=buyers, wants=st.lists(st.tuples(skus, units), min_size=1, max_size=3))
    def reserve(self, buyer: int, wants: list[tuple[int, int]]) -> None:
        lines = [Wanted(new_id(), self.variants[sku].pk, self.variants[sku].sku, count) for sku, count in wants]
        asked: Counter[int] = Counter()
        for sku, count in wants:
            asked[sku] += count
        free = {sku: self.free(sku, 0) + self.free(sku, 1) for sku in asked}
        if any(count > free[sku] for sku, count in asked.items()):
            with pytest.raises(OutOfStock) as refused:
                reserve_for(self.orders[buyer], *lines)
            assert refused.value.context["shortages"] == [
                {"sku": self.variants[sku].sku, "requested": count, "available": free[sku]}
                for sku, count in asked.items()
                if count > free[sku]
            ]
        else:
            reserve_for(self.orders[buyer], *lines)
            for line, (sku, count) in zip(lines, wants, strict=True):
                self.keep(buyer, line.line_id, sku, count)

    def keep(self, buyer: int, line: Any, sku: int, count: int) -> None:
        """From the place of the lowest priority number first."""
        for place in (0, 1):
            taken = min(count, self.free(sku, place))
            if taken:
                self.kept[buyer, line, sku, place] = taken
                count -= taken

    @rule(buyer=buyers)
    def release_all(self, buyer: int) -> None:
        release_of(self.orders[buyer])
        self.kept = {key: count for key, count in self.kept.items() if key[0] != buyer}

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def release_a_line(self, data: st.DataObject) -> None:
        buyer, line, _, _ = data.draw(st.sampled_from(list(self.kept)))
        release_of(self.orders[buyer], line)
        self.kept = {key: count for key, count in self.kept.items() if key[1] != line}

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(list(self.kept)))
        count = data.draw(st.integers(1, self.kept[key]))
        buyer, _, sku, place = key
        ship_of(self.orders[buyer], [self.allocation(key, count)])
        self.on_hand[sku, place] -= count
        self.out[key] = self.out.get(key, 0) + count
        self.kept[key] -= count
        if not self.kept[key]:
            del self.kept[key]

    @precondition(lambda self: self.out)
    @rule(data=st.data(), restock=st.booleans())
    def take_back(self, data: st.DataObject, restock: bool) -> None:
        key = data.draw(st.sampled_from(list(self.out)))
        buyer, _, sku, place = key
        count = self.out.pop(key)
        take_back_of(self.orders[buyer], [self.allocation(key, count)], restock=restock)
        if restock:
            self.on_hand[sku, place] += count

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "variants"):
            return
        levels = StockLevel.objects.filter(variant__in=self.variants)
        stored = {(row.variant_id, row.location_id): (row.on_hand, row.reserved) for row in levels}
        for sku, place in itertools.product(range(2), range(3)):
            pair = self.variants[sku].pk, self.places[place].pk
            assert stored.get(pair, (0, 0)) == (self.on_hand[sku, place], self.reserved(sku, place))
        kept = Reservation.objects.filter(variant__in=self.variants)
        assert {(row.order_id, row.line_id, row.variant_id, row.location_id): row.quantity for row in kept} == {
            (self.orders[buyer].pk, line, self.variants[sku].pk, self.places[place].pk): count
            for (buyer, line, sku, place), count in self.kept.items()
        }
        assert stock_discrepancies() == []

    def item(self, sku: int, place: int, count: int) -> StockItem:
        return StockItem(self.variants[sku].pk, self.places[place].pk, count)

    def allocation(self, key: tuple[int, Any, int, int], count: int) -> Allocation:
        _, line, sku, place = key
        return Allocation(line, self.variants[sku].pk, self.places[place].pk, count)


@pytest.mark.machine
@pytest.mark.django_db
def test_the_ledger_agrees_with_a_model_of_dicts() -> None:
    lives(Ledger, quick=12)
