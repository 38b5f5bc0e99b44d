"""Trades: the best-priced amount taken at once or not at all, once per reference, and settled as an order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.errors import InvalidInput, NotFound
from core.ids import new_id
from core.models import Client, Event
from customers.models import Customer
from inventory.errors import OutOfStock
from orders.models import Order
from tests.factories import orders as of_orders
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.trading import (
    ACTOR,
    a_book,
    a_book_order,
    a_trade,
    an_instrument,
    assert_the_book_adds_up,
    change,
    fills,
    levels,
    new_trade,
    queue,
    reload,
    remove,
    total,
)
from tests.factories.watching import everything, nothing_changes, refused
from trading.actions import change_instrument, place_trade
from trading.errors import BookTooThin, LimitExceeded, NotSettleable, TradeRefReused
from trading.models import Fill, Instrument, Trade
from trading.queries import walk_book

pytestmark = pytest.mark.django_db


class TestTaking:
    @pytest.mark.parametrize(
        ("side", "amount", "comes_to"), [("Buy", 20, 400), ("Buy", 10, 200), ("Buy", 22, 442), ("Sell", 14, 340)]
    )
    def test_the_figures_of_jpm(self, side: str, amount: int, comes_to: int) -> None:
        a_book()
        quoted = walk_book("JPM", side, amount)
        trade = a_trade(side=side, amount=amount)
        assert (trade.amount, trade.total, quoted.total) == (amount, comes_to, comes_to)
        assert sum(taken * price for _, taken, price in fills(trade)) == comes_to
        assert total(side) == quoted.available - amount
        assert_the_book_adds_up()

    def test_orders_are_taken_as_quoted_and_the_last_in_part(self) -> None:
        first, second, *_ = a_book()
        trade = a_trade(amount=22)
        assert fills(trade) == [(first.ref, 20, 20), (second.ref, 2, 21)]
        gone, left = reload(first), reload(second)
        assert (gone.status, gone.amount, gone.filled, gone.version) == ("filled", 0, 20, 2)
        assert gone.closed_at is not None
        assert (left.status, left.amount, left.filled, left.version) == ("partially_filled", 8, 2, 2)
        assert left.closed_at is None
        assert queue() == [(second.ref, 8, 21)]
        assert (levels(), total()) == ([(21, 8, 1)], 8)
        assert (levels("Sell"), total("Sell")) == ([(25, 12, 1), (20, 5, 1)], 17)

    def test_a_sell_takes_from_the_highest_price_down(self) -> None:
        _, _, dear, cheap = a_book()
        assert fills(a_trade(side="Sell", amount=14)) == [(dear.ref, 12, 25), (cheap.ref, 2, 20)]
        assert queue("Sell") == [(cheap.ref, 3, 20)]

    def test_at_one_price_the_first_to_come_is_the_first_to_go(self) -> None:
        one, two, three = (a_book_order(amount=5).ref for _ in range(3))
        assert fills(a_trade(amount=7)) == [(one, 5, 20), (two, 2, 20)]
        assert fills(a_trade(amount=7)) == [(two, 3, 20), (three, 4, 20)]

    def test_who_was_filled_in_part_keeps_its_place(self) -> None:
        first, second = a_book_order(amount=5), a_book_order(amount=5)
        a_trade(amount=2)
        assert queue() == [(first.ref, 3, 20), (second.ref, 5, 20)]

    def test_a_change_of_place_is_a_change_of_turn(self) -> None:
        first, second, third = (a_book_order(amount=5) for _ in range(3))
        change(first, amount=6)
        change(second, amount=4)
        assert fills(a_trade(amount=10)) == [(second.ref, 4, 20), (third.ref, 5, 20), (first.ref, 1, 20)]

    def test_it_may_take_all_that_there_is(self) -> None:
        a_book()
        assert a_trade(amount=30).total == 610
        assert (queue(), levels(), total()) == ([], [], 0)
        client = a_client()
        with refused(BookTooThin):
            place_trade(new_trade(), client_id=client.pk, actor=ACTOR)

    def test_the_trade_is_stored_whole(self) -> None:
        client = a_client()
        a_book()
        placed = a_trade(client, amount=22, client_ref="R-1", limit_total=442)
        trade = Trade.objects.get()
        assert (trade.pk, trade.client_id, trade.client_ref, trade.side) == (placed.pk, client.pk, "R-1", "Buy")
        assert (trade.amount, trade.total, trade.limit_total) == (22, 442, 442)
        assert (trade.customer_id, trade.order_id, trade.instrument.symbol) == (None, None, "JPM")
        assert trade.sequence == trade.instrument.version == 2

    def test_one_takes_ones_own_orders_too(self) -> None:
        client = a_client()
        order = a_book_order(client)
        assert fills(a_trade(client, amount=10)) == [(order.ref, 10, 20)]

    def test_a_hundred_fills_are_one_trade(self) -> None:
        refs = [a_book_order(amount=1, price=1 + n // 10).ref for n in range(100)]
        trade = a_trade(amount=100)
        assert [ref for ref, _, _ in fills(trade)] == refs
        assert list(trade.fills.order_by("position").values_list("position", flat=True)) == list(range(1, 101))
        assert_the_book_adds_up()

    def test_the_largest_trade_is_exact(self) -> None:
        a_book_order(amount=1_000_000, price=1_000_000_000)
        assert a_trade(amount=1_000_000).total == 10**15


class TestEvents:
    def test_the_symbol_tells_of_the_trade(self) -> None:
        first, second, *_ = a_book()
        change(second, amount=9)
        trade = a_trade(amount=22, client_ref="R-1")
        instrument = Instrument.objects.get()
        event = Event.objects.get(type="trade.placed")
        assert (event.subject_type, event.subject_id, event.version) == ("instrument", instrument.pk, 2)
        assert event.data == {
            "trade_id": str(trade.pk), "symbol": "JPM", "side": "Buy", "amount": 22, "total": 442,
            "currency": "USD", "order_id": None,
            "fills": [
                {"order_id": str(first.pk), "amount": 20, "price": 20},
                {"order_id": str(second.pk), "amount": 2, "price": 21},
            ],
        }  # fmt: skip

    def test_every_order_tells_what_was_taken_of_it(self) -> None:
        first, second, third, _ = a_book()
        trade = a_trade(amount=22)
        told = {event.subject_id: event for event in Event.objects.filter(type="book_order.filled")}
        assert set(told) == {first.pk, second.pk}
        assert told[first.pk].data == {
            "trade_id": str(trade.pk), "amount": 20, "price": 20,
            "changes": {"amount": [20, 0], "status": ["open", "filled"]},
        }  # fmt: skip
        assert told[second.pk].data["changes"] == {"amount": [10, 8], "status": ["open", "partially_filled"]}
        assert [event.version for event in told.values()] == [2, 2]
        assert timeline(third.pk) == ["book_order.added"]

    def test_sequences_grow_with_every_trade_of_the_symbol_and_versions_have_no_gaps(self) -> None:
        for symbol in ("A", "B"):
            a_book_order(symbol=symbol, amount=10)
        placed = [a_trade(symbol=symbol).sequence for symbol in ("A", "B", "A", "A", "B")]
        assert placed == [2, 2, 3, 4, 3]
        assert_the_book_adds_up()


class TestRefusing:
    @pytest.mark.parametrize(("side", "amount", "available"), [("Buy", 31, 30), ("Sell", 18, 17), ("Buy", 10**6, 30)])
    def test_what_the_book_has_not_got(self, side: str, amount: int, available: int) -> None:
        a_book()
        client = a_client()
        with refused(BookTooThin) as caught:
            a_trade(client, side=side, amount=amount)
        assert caught.value.context == {"symbol": "JPM", "side": side, "amount": amount, "available": available}

    def test_a_book_that_is_empty_and_one_that_there_is_not(self) -> None:
        remove(a_book_order())
        client = a_client()
        with refused(BookTooThin):
            a_trade(client)
        with refused(NotFound):
            a_trade(client, symbol="NONE")

    def test_more_than_its_limit(self) -> None:
        a_book()
        client = a_client()
        with refused(LimitExceeded) as caught:
            a_trade(client, amount=22, limit_total=441)
        assert caught.value.context == {"total": 442, "limit_total": 441, "currency": "USD", "available": 30}
        assert "USD" in caught.value.detail
        assert a_trade(amount=22, limit_total=442).total == 442

    def test_a_limit_of_nothing(self) -> None:
        a_book()
        client = a_client()
        with refused(LimitExceeded):
            a_trade(client, amount=1, limit_total=0)


class TestOncePerReference:
    def test_the_same_again_is_the_same_trade(self) -> None:
        client, new = a_client(), new_trade(amount=22)
        a_book()
        first = place_trade(new, client_id=client.pk, actor=ACTOR)
        with nothing_changes():
            again = place_trade(new, client_id=client.pk, actor=ACTOR)
        assert (again.pk, again.total, again.sequence) == (first.pk, first.total, first.sequence)
        assert again.instrument.symbol == "JPM"

    def test_a_trade_has_its_fills_and_their_orders_with_it_the_first_time_and_again(
        self, django_assert_num_queries: Any
    ) -> None:
        client, new = a_client(), new_trade(amount=22)
        first, second, *_ = a_book()
        trades = [place_trade(new, client_id=client.pk, actor=ACTOR) for _ in range(2)]
        with django_assert_num_queries(0):
            told = [[(fill.order.ref, fill.amount, fill.price) for fill in trade.fills.all()] for trade in trades]
        assert told == [[(first.ref, 20, 20), (second.ref, 2, 21)]] * 2

    def test_the_same_again_is_the_same_trade_when_the_book_is_empty(self) -> None:
        client, new = a_client(), new_trade(amount=30)
        a_book()
        first = place_trade(new, client_id=client.pk, actor=ACTOR)
        with nothing_changes():
            assert place_trade(new, client_id=client.pk, actor=ACTOR).pk == first.pk

    @pytest.mark.parametrize(
        "other",
        [
            {"side": "Sell"},
            {"amount": 3},
            {"limit_total": 40},
            {"limit_total": None},
            {"symbol": "OTHER"},
            {"customer_id": new_id()},
        ],
    )
    def test_another_under_its_reference_is_refused(self, other: dict[str, Any]) -> None:
        client, new = a_client(), new_trade(amount=2, limit_total=100)
        a_book()
        a_book(symbol="OTHER")
        place_trade(new, client_id=client.pk, actor=ACTOR)
        with refused(TradeRefReused) as caught:
            place_trade(replace(new, **other), client_id=client.pk, actor=ACTOR)
        assert caught.value.context == {"client_ref": new.client_ref}

    def test_a_reference_belongs_to_its_client(self) -> None:
        new = new_trade(amount=2)
        a_book()
        one, two = (place_trade(new, client_id=a_client().pk, actor=ACTOR) for _ in range(2))
        assert one.pk != two.pk
        assert total() == 26

    def test_a_refused_trade_leaves_its_reference_free(self) -> None:
        client, new = a_client(), new_trade(amount=31)
        a_book()
        with refused(BookTooThin):
            place_trade(new, client_id=client.pk, actor=ACTOR)
        assert place_trade(replace(new, amount=30), client_id=client.pk, actor=ACTOR).amount == 30


@pytest.fixture
def client() -> Client:
    return a_client()


@pytest.fixture
def ann(client: Client) -> Customer:
    """A customer of the client, for whom there are 100 mugs: what JPM delivers."""
    stock_up({"MUG": 100}, currency="USD")
    an_instrument(sku="MUG")
    return a_customer(client)


class TestSettling:
    def test_it_makes_the_customers_order_with_a_line_per_fill(self, client: Client, ann: Customer) -> None:
        a_book()
        trade = a_trade(client, amount=22, customer_id=ann.pk, client_ref="R-1")
        order = Order.objects.get()
        assert (trade.order_id, order.customer_id, order.client_id) == (order.pk, ann.pk, client.pk)
        assert (order.status, order.total, order.charged, order.currency) == ("placed", 442, 442, "USD")
        assert order.metadata == {"trade_id": str(trade.pk), "client_ref": "R-1"}
        lines = order.lines.order_by("position").values_list("sku", "quantity", "unit_price", "reserved", "total")
        assert list(lines) == [("MUG", 20, 20, 20, 400), ("MUG", 2, 21, 2, 42)]
        assert of_orders.stock() == {"MUG": (100, 22)}
        assert Event.objects.get(type="trade.placed").data["order_id"] == str(order.pk)
        of_orders.assert_everything_adds_up()
        assert_the_book_adds_up()

    def test_two_fills_at_one_price_stay_two_lines(self, client: Client, ann: Customer) -> None:
        for _ in range(2):
            a_book_order(amount=5, price=20)
        a_trade(client, amount=7, customer_id=ann.pk)
        lines = Order.objects.get().lines.order_by("position").values_list("quantity", "unit_price", "total")
        assert list(lines) == [(5, 20, 100), (2, 20, 40)]

    def test_the_same_again_makes_one_order(self, client: Client, ann: Customer) -> None:
        a_book()
        new = new_trade(amount=2, customer_id=ann.pk)
        first = place_trade(new, client_id=client.pk, actor=ACTOR)
        with nothing_changes():
            assert place_trade(new, client_id=client.pk, actor=ACTOR).order_id == first.order_id

    def test_without_stock_nothing_happens_to_the_book_either(self, client: Client, ann: Customer) -> None:
        a_book_order(amount=200)
        with refused(OutOfStock) as caught:
            a_trade(client, amount=101, customer_id=ann.pk)
        assert caught.value.context["shortages"] == [{"sku": "MUG", "requested": 101, "available": 100}]
        assert a_trade(client, amount=101).order_id is None

    def test_a_sell_is_no_purchase(self, client: Client, ann: Customer) -> None:
        a_book()
        with refused(InvalidInput) as caught:
            a_trade(client, side="Sell", customer_id=ann.pk)
        assert [(each.pointer, each.code) for each in caught.value.errors] == [("/customer_id", "not_a_purchase")]

    def test_a_symbol_without_a_sku_delivers_nothing(self, client: Client, ann: Customer) -> None:
        a_book(symbol="BARE")
        with refused(NotSettleable):
            a_trade(client, symbol="BARE", customer_id=ann.pk)

    def test_a_sku_that_is_not_on_sale_is_refused(self, client: Client, ann: Customer) -> None:
        a_book()
        change_instrument("JPM", {"sku": "GONE"}, actor=ACTOR)
        with refused(InvalidInput) as caught:
            a_trade(client, customer_id=ann.pk)
        assert [each.code for each in caught.value.errors] == ["unknown_sku"]

    def test_anothers_customer_is_as_unknown_as_nobody(self, client: Client, ann: Customer) -> None:
        a_book()
        for stranger in (a_customer(a_client(), "bob@example.com").pk, new_id()):
            with refused(InvalidInput) as caught:
                a_trade(client, customer_id=stranger)
            assert [(each.pointer, each.code) for each in caught.value.errors] == [("/customer_id", "unknown_customer")]

    def test_a_limit_holds_for_a_settled_trade(self, client: Client, ann: Customer) -> None:
        a_book()
        with refused(LimitExceeded):
            a_trade(client, amount=22, customer_id=ann.pk, limit_total=441)


def test_a_trade_touches_nothing_else() -> None:
    a_book()
    a_book(symbol="OTHER")
    client = a_client()
    before = everything()
    trade = a_trade(client, amount=22)
    after = everything()
    touched = {label for label in after if after[label] != before[label]}
    assert touched == {
        "trading_instrument", "trading_bookorder", "trading_pricelevel", "trading_sidetotal", "trading_trade",
        "trading_fill", "core_event", "core_outboxentry",
    }  # fmt: skip
    assert len(after["core_event"]) - len(before["core_event"]) == 3
    assert Fill.objects.filter(trade=trade).count() == 2
