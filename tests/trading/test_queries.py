"""What the book is asked: the price of an amount, its levels, and whether it adds up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound
from tests.factories.core import a_client
from tests.factories.trading import a_book, a_book_order, a_trade, an_instrument, remove
from tests.factories.watching import nothing_changes, refused
from trading.errors import BookTooThin
from trading.queries import (
    Average,
    Walk,
    book_discrepancies,
    fills_of,
    find_instrument,
    find_order,
    find_trade,
    orders_of,
    read_book,
    trades_of,
    walk_book,
)


def takes(walk: Walk) -> list[tuple[str, int, int]]:
    return [(take.order.ref, take.amount, take.order.price) for take in walk.takes]


@pytest.mark.django_db
class TestTheWalk:
    @pytest.mark.parametrize(
        ("side", "amount", "total"), [("Buy", 20, 400), ("Buy", 10, 200), ("Buy", 22, 442), ("Sell", 14, 340)]
    )
    def test_the_figures_of_jpm(self, side: str, amount: int, total: int) -> None:
        a_book()
        with nothing_changes():
            assert walk_book("JPM", side, amount).total == total

    def test_it_tells_what_it_would_take_and_what_there_is(self) -> None:
        first, second, _, _ = a_book()
        walk = walk_book("JPM", "Buy", 22)
        assert takes(walk) == [(first.ref, 20, 20), (second.ref, 2, 21)]
        assert (walk.symbol, walk.side, walk.amount, walk.available, walk.currency) == ("JPM", "Buy", 22, 30, "USD")
        assert walk.average == Average(20, 2, Fraction(442, 22))

    def test_a_sell_goes_from_the_highest_price_down(self) -> None:
        _, _, dear, cheap = a_book()
        assert takes(walk_book("JPM", "Sell", 14)) == [(dear.ref, 12, 25), (cheap.ref, 2, 20)]

    def test_at_one_price_the_first_to_come_is_the_first_to_be_taken(self) -> None:
        refs = [a_book_order(side="Sell", amount=2, price=7).ref for _ in range(4)]
        assert takes(walk_book("JPM", "Sell", 7)) == [
            (refs[0], 2, 7),
            (refs[1], 2, 7),
            (refs[2], 2, 7),
            (refs[3], 1, 7),
        ]

    def test_it_may_take_all_that_there_is(self) -> None:
        a_book()
        walk = walk_book("JPM", "Buy", 30)
        assert (walk.total, walk.available) == (20 * 20 + 10 * 21, 30)

    @pytest.mark.parametrize(("side", "amount", "available"), [("Buy", 31, 30), ("Sell", 18, 17)])
    def test_a_side_that_is_too_thin_is_refused_with_what_is_available(
        self, side: str, amount: int, available: int
    ) -> None:
        a_book()
        with refused(BookTooThin) as caught:
            walk_book("JPM", side, amount)
        assert caught.value.context == {"symbol": "JPM", "side": side, "amount": amount, "available": available}

    def test_a_book_that_never_had_an_order_has_nothing(self) -> None:
        an_instrument("NEW")
        with refused(BookTooThin) as caught:
            walk_book("NEW", "Buy", 1)
        assert caught.value.context["available"] == 0

    def test_an_unknown_symbol_is_not_found(self) -> None:
        with refused(NotFound):
            walk_book("NONE", "Buy", 1)

    def test_the_other_book_and_the_other_side_are_left_alone(self) -> None:
        a_book_order(symbol="A", amount=5, price=1)
        a_book_order(symbol="B", amount=5, price=2)
        a_book_order(symbol="A", side="Sell", amount=5, price=3)
        assert (walk_book("A", "Buy", 5).total, walk_book("B", "Buy", 5).total) == (5, 10)
        assert walk_book("A", "Sell", 5).total == 15

    def test_what_is_out_of_the_book_is_passed_over(self) -> None:
        gone = a_book_order(price=1)
        remove(gone)
        a_book_order(status="filled", price=2)
        part = a_book_order(status="partially_filled", amount=4, price=3)
        assert takes(walk_book("JPM", "Buy", 3)) == [(part.ref, 3, 3)]

    def test_the_largest_amounts_and_prices_are_exact(self) -> None:
        a_book_order(amount=1_000_000, price=1_000_000_000)
        assert walk_book("JPM", "Buy", 1_000_000).total == 10**15


class TestTheAverage:
    @pytest.mark.parametrize(
        ("total", "amount", "price", "remainder"),
        [
            (400, 20, 20, 0),
            (442, 22, 20, 2),
            (340, 14, 24, 4),
            (5, 2, 3, -1),
            (7, 2, 4, -1),
            (4, 3, 1, 1),
            (5, 3, 2, -1),
        ],
    )
    def test_it_is_rounded_half_up_and_the_remainder_stated(
        self, total: int, amount: int, price: int, remainder: int
    ) -> None:
        assert Average.of(total, amount) == Average(price, remainder, Fraction(total, amount))

    @given(st.integers(1, 10**15), st.integers(1, 10**6))
    def test_it_is_the_nearest_minor_unit_whatever_the_figures(self, total: int, amount: int) -> None:
        average = Average.of(total, amount)
        assert average.price * amount + average.remainder == total
        assert average.exact == Fraction(total, amount)
        assert -Fraction(1, 2) <= average.exact - average.price < Fraction(1, 2)


@pytest.mark.django_db
class TestTheBook:
    def test_both_sides_come_by_price_the_best_first(self) -> None:
        a_book()
        a_book_order(amount=3, price=21)
        book = read_book("JPM", depth=10)
        assert [(level.price, level.amount, level.orders) for level in book.buy] == [(20, 20, 1), (21, 13, 2)]
        assert [(level.price, level.amount, level.orders) for level in book.sell] == [(25, 12, 1), (20, 5, 1)]

    def test_depth_is_per_side(self) -> None:
        for price in range(1, 6):
            for side in ("Buy", "Sell"):
                a_book_order(side=side, price=price)
        book = read_book("JPM", depth=2)
        assert [level.price for level in book.buy] == [1, 2]
        assert [level.price for level in book.sell] == [5, 4]

    def test_a_price_that_is_used_up_is_gone(self) -> None:
        a_book()
        a_trade(amount=20)
        assert [level.price for level in read_book("JPM", depth=5).buy] == [21]

    def test_an_unknown_symbol_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            read_book("NONE", depth=1)
        with pytest.raises(NotFound):
            find_instrument("NONE")


@pytest.mark.django_db
class TestOnesOwn:
    def test_an_order_is_found_by_its_client_alone(self) -> None:
        order = a_book_order()
        assert find_order(order.client_id, order.ref) == order
        assert list(orders_of(order.client_id)) == [order]
        stranger = a_client()
        assert list(orders_of(stranger.pk)) == []
        with pytest.raises(NotFound):
            find_order(stranger.pk, order.ref)

    def test_a_trade_is_found_by_its_client_alone(self) -> None:
        a_book()
        trade = a_trade()
        assert find_trade(trade.client_id, trade.pk) == trade
        stranger = a_client()
        assert list(trades_of(stranger.pk)) == []
        with pytest.raises(NotFound):
            find_trade(stranger.pk, trade.pk)

    def test_the_fills_of_many_trades_come_in_one_statement(self, django_assert_num_queries: object) -> None:
        first, second, _, _ = a_book()
        one, two = a_trade(amount=20), a_trade(amount=2)
        with django_assert_num_queries(1):  # type: ignore[operator]
            found = fills_of([one.pk, two.pk])
            told = {pk: [(fill.order.ref, fill.amount, fill.price) for fill in each] for pk, each in found.items()}
        assert told == {one.pk: [(first.ref, 20, 20)], two.pk: [(second.ref, 2, 21)]}


@pytest.mark.django_db
def test_a_book_in_use_has_no_discrepancies() -> None:
    orders = a_book()
    a_trade(amount=22)
    remove(orders[3])
    assert list(book_discrepancies()) == []
