"""Any sequence of adds, removals, changes, prices and trades against sorted lists of plain tuples."""

from __future__ import annotations

import itertools
from bisect import insort
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from core.models import Client, Event
from core.operations import OperationRefused
from tests.factories.core import a_client
from tests.factories.trading import ACTOR, fills
from tests.machines import RolledBack, lives
from trading.actions import (
    NewBookOrder,
    NewTrade,
    add_order,
    change_order,
    place_trade,
    remove_order,
)
from trading.errors import BookOrderExists, BookTooThin, LimitExceeded, TradeRefReused
from trading.models import BookOrder, PriceLevel, SideTotal, Trade
from trading.queries import book_discrepancies, read_book, walk_book
from trading.statuses import IN_THE_BOOK, Side

_turns = itertools.count(1)

books = st.integers(0, 1)
sides = st.sampled_from(["Buy", "Sell"])
amounts = st.integers(1, 9)
prices = st.integers(1, 4)
limits = st.one_of(st.none(), st.integers(0, 40))


class Book(RolledBack):
    """Two symbols, both sides, few prices, so that ties are many. Every example has its own.

    `offers` has, for each symbol and side, a sorted list of (rank, turn, id, amount): the best and earliest first.
    """

    @initialize()
    def open_books(self) -> None:
        turn = next(_turns)
        self.symbols = [f"S{turn}-{n}" for n in range(2)]
        self.client: Client = a_client()
        self.turns = itertools.count(1)
        self.offers: dict[tuple[int, str], list[tuple[int, int, str, int]]] = {
            (book, side): [] for book in range(2) for side in ("Buy", "Sell")
        }
        self.entered: dict[str, NewBookOrder] = {}
        self.taken: dict[str, int] = {}
        self.closed: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.trades: dict[str, tuple[NewTrade, list[tuple[str, int, int]]]] = {}
        for symbol in self.symbols:
            add_order(NewBookOrder("first", symbol, "Buy", 1, 1), client_id=a_client().pk, actor=ACTOR)
            place_trade(NewTrade(symbol, "Buy", 1, symbol), client_id=a_client().pk, actor=ACTOR)

    def where(self, ref: str) -> tuple[int, str]:
        new = self.entered[ref]
        return self.symbols.index(new.symbol), new.side

    def in_the_book(self) -> list[str]:
        return [ref for ref in self.entered if ref not in self.closed]

    def find(self, ref: str) -> tuple[int, int, str, int]:
        return next(offer for offer in self.offers[self.where(ref)] if offer[2] == ref)

    @rule(book=books, side=sides, amount=amounts, price=prices)
    def add(self, book: int, side: str, amount: int, price: int) -> None:
        ref = f"o{len(self.entered)}"
        new = NewBookOrder(ref, self.symbols[book], side, amount, price)
        add_order(new, client_id=self.client.pk, actor=ACTOR)
        self.entered[ref], self.taken[ref], self.versions[ref] = new, 0, 1
        insort(self.offers[book, side], (rank(side, price), next(self.turns), ref, amount))

    @precondition(lambda self: self.entered)
    @rule(data=st.data())
    def add_again(self, data: st.DataObject) -> None:
        new = self.entered[data.draw(st.sampled_from(sorted(self.entered)))]
        again = add_order(new, client_id=self.client.pk, actor=ACTOR)
        assert (again.ref, again.amount, again.price, again.filled) == (new.id, new.amount, new.price, 0)

    @precondition(lambda self: self.entered)
    @rule(data=st.data(), more=amounts)
    def add_another_of_the_same_id(self, data: st.DataObject, more: int) -> None:
        new = self.entered[data.draw(st.sampled_from(sorted(self.entered)))]
        other = NewBookOrder(new.id, new.symbol, new.side, new.amount + more, new.price)
        with pytest.raises(BookOrderExists):
            add_order(other, client_id=self.client.pk, actor=ACTOR)

    @precondition(lambda self: self.entered)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        ref = data.draw(st.sampled_from(sorted(self.entered)))
        if self.closed.get(ref, "removed") != "removed":
            with pytest.raises(OperationRefused):
                remove_order(ref, client_id=self.client.pk, actor=ACTOR)
            return
        remove_order(ref, client_id=self.client.pk, actor=ACTOR)
        if ref not in self.closed:
            self.offers[self.where(ref)].remove(self.find(ref))
            self.closed[ref] = "removed"
            self.versions[ref] += 1

    @precondition(lambda self: self.in_the_book())
    @rule(data=st.data(), amount=st.none() | amounts, price=st.none() | prices)
    def change(self, data: st.DataObject, amount: int | None, price: int | None) -> None:
        ref = data.draw(st.sampled_from(self.in_the_book()))
        changes = {name: value for name, value in (("amount", amount), ("price", price)) if value is not None}
        change_order(ref, changes, client_id=self.client.pk, actor=ACTOR)
        before = self.find(ref)
        self.offers[self.where(ref)].remove(before)
        after = self.changed(before, amount, price)
        insort(self.offers[self.where(ref)], after)
        self.versions[ref] += (after[0], after[3]) != (before[0], before[3])

    def changed(
        self, offer: tuple[int, int, str, int], amount: int | None, price: int | None
    ) -> tuple[int, int, str, int]:
        """A new price or more of it is a new turn; less of it keeps its turn."""
        old_rank, turn, ref, left = offer
        new_rank = old_rank if price is None else rank(self.where(ref)[1], price)
        new_left = left if amount is None else amount
        if new_rank != old_rank or new_left > left:
            turn = next(self.turns)
        return new_rank, turn, ref, new_left

    @precondition(lambda self: self.closed)
    @rule(data=st.data(), amount=amounts)
    def change_what_is_out_of_the_book(self, data: st.DataObject, amount: int) -> None:
        ref = data.draw(st.sampled_from(sorted(self.closed)))
        with pytest.raises(OperationRefused):
            change_order(ref, {"amount": amount}, client_id=self.client.pk, actor=ACTOR)

    def walk(self, book: int, side: str, amount: int) -> list[tuple[str, int, int]]:
        """(id, amount, price) of what would be taken, as far as there is something."""
        takes = []
        for offer_rank, _, ref, left in self.offers[book, side]:
            taken = min(left, amount)
            if taken:
                takes.append((ref, taken, abs(offer_rank)))
            amount -= taken
        return takes

    def available(self, book: int, side: str) -> int:
        return sum(left for _, _, _, left in self.offers[book, side])

    @rule(book=books, side=sides, amount=st.integers(1, 30))
    def ask_the_price(self, book: int, side: str, amount: int) -> None:
        available = self.available(book, side)
        if amount > available:
            with pytest.raises(BookTooThin) as refusal:
                walk_book(self.symbols[book], side, amount)
            assert refusal.value.context["available"] == available
        else:
            walk = walk_book(self.symbols[book], side, amount)
            assert [(take.order.ref, take.amount, take.order.price) for take in walk.takes] == self.walk(
                book, side, amount
            )
            assert walk.available == available
            assert walk.average.price * amount + walk.average.remainder == walk.total

    @rule(book=books, side=sides, amount=st.integers(1, 20), limit=limits)
    def trade(self, book: int, side: str, amount: int, limit: int | None) -> None:
        new = NewTrade(self.symbols[book], side, amount, f"t{len(self.trades)}", limit_total=limit)
        takes = self.walk(book, side, amount)
        costs = sum(taken * price for _, taken, price in takes)
        if amount > self.available(book, side):
            with pytest.raises(BookTooThin):
                place_trade(new, client_id=self.client.pk, actor=ACTOR)
        elif limit is not None and costs > limit:
            with pytest.raises(LimitExceeded):
                place_trade(new, client_id=self.client.pk, actor=ACTOR)
        else:
            placed = place_trade(new, client_id=self.client.pk, actor=ACTOR)
            assert (placed.total, fills(placed)) == (costs, takes)
            self.trades[new.client_ref] = (new, takes)
            for ref, taken, _ in takes:
                self.take(ref, taken)

    def take(self, ref: str, amount: int) -> None:
        offer_rank, turn, _, left = offer = self.find(ref)
        side = self.offers[self.where(ref)]
        side.remove(offer)
        self.taken[ref] += amount
        self.versions[ref] += 1
        if left > amount:
            insort(side, (offer_rank, turn, ref, left - amount))
        else:
            self.closed[ref] = "filled"

    @precondition(lambda self: self.trades)
    @rule(data=st.data())
    def trade_again(self, data: st.DataObject) -> None:
        new, takes = self.trades[data.draw(st.sampled_from(sorted(self.trades)))]
        assert fills(place_trade(new, client_id=self.client.pk, actor=ACTOR)) == takes

    @precondition(lambda self: self.trades)
    @rule(data=st.data(), more=amounts)
    def trade_another_of_the_same_reference(self, data: st.DataObject, more: int) -> None:
        new, _ = self.trades[data.draw(st.sampled_from(sorted(self.trades)))]
        other = NewTrade(new.symbol, new.side, new.amount + more, new.client_ref, limit_total=new.limit_total)
        with pytest.raises(TradeRefReused):
            place_trade(other, client_id=self.client.pk, actor=ACTOR)

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "symbols"):
            return
        offers = {where: side for where, side in self.offers.items() if side}
        assert self._queues() == {
            where: [(ref, left, abs(offer_rank)) for offer_rank, _, ref, left in side] for where, side in offers.items()
        }
        assert self._levels() == {where: list(by_price(side)) for where, side in offers.items()}
        assert self._totals() == {where: self.available(*where) for where in offers}
        for book, symbol in enumerate(self.symbols):
            best = read_book(symbol, depth=2)
            for side, shown in ((Side.BUY, best.buy), (Side.SELL, best.sell)):
                expected = list(by_price(self.offers[book, side]))[:2]
                assert [(level.price, level.amount, level.orders) for level in shown] == expected
        orders = BookOrder.objects.filter(client=self.client)
        assert {order.ref: (order.filled, order.version) for order in orders} == {
            ref: (self.taken[ref], self.versions[ref]) for ref in self.entered
        }
        assert {order.ref: order.status for order in orders if order.ref in self.closed} == self.closed
        assert Trade.objects.filter(client=self.client).count() == len(self.trades)
        assert Event.objects.filter(subject_id__in=[order.pk for order in orders]).count() == sum(
            self.versions.values()
        )
        assert list(book_discrepancies()) == []

    # What is stored of both books, each in one statement because it is asked after every step

    def _queues(self) -> dict[tuple[int, str], list[tuple[Any, ...]]]:
        """(id, amount, price) of the orders as a walk would meet them."""
        orders = BookOrder.objects.filter(instrument__symbol__in=self.symbols, status__in=IN_THE_BOOK)
        return self._by_side(orders.order_by("rank", "queue"), "ref", "amount", "price")

    def _levels(self) -> dict[tuple[int, str], list[tuple[Any, ...]]]:
        """(price, amount, orders), the best first."""
        levels = PriceLevel.objects.filter(instrument__symbol__in=self.symbols)
        sides = self._by_side(levels.order_by("rank"), "rank", "amount", "orders")
        return {where: [(abs(each), *rest) for each, *rest in rows] for where, rows in sides.items()}

    def _totals(self) -> dict[tuple[int, str], int]:
        shares = self._by_side(SideTotal.objects.filter(instrument__symbol__in=self.symbols), "amount")
        totals = {where: sum(amount for (amount,) in rows) for where, rows in shares.items()}
        return {where: total for where, total in totals.items() if total}

    def _by_side(self, rows: QuerySet[Any], *columns: str) -> dict[tuple[int, str], list[tuple[Any, ...]]]:
        sides: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
        for symbol, side, *values in rows.values_list("instrument__symbol", "side", *columns):
            sides.setdefault((self.symbols.index(symbol), side), []).append(tuple(values))
        return sides


def rank(side: str, price: int) -> int:
    return price if side == "Buy" else -price


def by_price(offers: list[tuple[int, int, str, int]]) -> Iterator[tuple[int, int, int]]:
    """(price, amount, orders) of each level."""
    for level, group in itertools.groupby(offers, key=lambda offer: offer[0]):
        lefts: list[Any] = [left for _, _, _, left in group]
        yield abs(level), sum(lefts), len(lefts)


@pytest.mark.machine
@pytest.mark.django_db
def test_the_book_agrees_with_sorted_lists_of_tuples() -> None:
    lives(Book, quick=10)
