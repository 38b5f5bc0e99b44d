"""The book under racing threads. Each race has a control that runs with the protection off, and must fail."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import orjson
import pytest
from django.db import OperationalError, transaction
from django.utils import timezone
from pytest_django import Settings

from core.ids import new_id
from core.models import Client, Event
from tests.concurrency.racing import at_once, race
from tests.core.api.conftest import Caller
from tests.factories import orders as of_orders
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.trading import (
    ACTOR,
    a_book_order,
    a_trader,
    an_import,
    an_instrument,
    assert_the_book_adds_up,
    levels,
    new_book_order,
    new_trade,
    queue,
    reload,
    total,
)
from trading.actions import add_order, change_order, place_trade, remove_order
from trading.models import BookOrder, Fill, Instrument, Trade
from trading.queries import walk_book

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 50
UNITS = 100
EACH = 5


def tally(outcomes: Iterable[object]) -> dict[str, int]:
    return dict(Counter(type(outcome).__name__ for outcome in outcomes))


def the_last_hundred() -> list[BookOrder]:
    """In orders that no trade of EACH fits."""
    amounts = [7, 13, 1, 29, 3, 17, 11, 19]
    assert sum(amounts) == UNITS
    return [a_book_order(amount=amount, price=20 + n // 3) for n, amount in enumerate(amounts)]


def filled(orders: Iterable[BookOrder]) -> int:
    return sum(reload(order).filled for order in orders)


class TestTheLastHundred:
    def test_fifty_clients_want_five_each_and_twenty_get_them(self) -> None:
        orders = the_last_hundred()
        clients = [a_client() for _ in range(CLIENTS)]

        outcomes = race(
            [partial(place_trade, new_trade(amount=EACH), client_id=each.pk, actor=ACTOR) for each in clients],
            threads=CLIENTS,
        )

        assert tally(outcomes) == {"Trade": UNITS // EACH, "BookTooThin": CLIENTS - UNITS // EACH}
        assert sum(Trade.objects.values_list("amount", flat=True)) == UNITS == filled(orders)
        assert sum(Fill.objects.values_list("amount", flat=True)) == UNITS
        assert {reload(order).status for order in orders} == {"filled"}
        assert (queue(), levels(), total()) == ([], [], 0)
        assert_the_book_adds_up()

    def test_they_are_sold_in_turn_each_trade_after_the_one_before_it(self) -> None:
        orders = the_last_hundred()
        client = a_client()

        race(
            [partial(place_trade, new_trade(amount=EACH), client_id=client.pk, actor=ACTOR) for _ in range(20)],
            threads=20,
        )

        in_turn = Fill.objects.order_by("trade__sequence", "position").values_list("order_id", flat=True)
        first_seen = list(dict.fromkeys(in_turn))
        assert first_seen == [order.pk for order in orders]
        sequences = list(Trade.objects.order_by("sequence").values_list("sequence", flat=True))
        assert sequences == list(range(sequences[0], sequences[0] + 20))

    def test_control_without_the_books_lock_and_rules_more_is_sold_than_there_is(self, no_fill_rules: None) -> None:
        orders = the_last_hundred()
        looked = threading.Barrier(CLIENTS)
        clients = [a_client() for _ in range(CLIENTS)]

        outcomes = race([partial(trade_on_trust, each, looked, n) for n, each in enumerate(clients)], threads=CLIENTS)

        assert outcomes.count(True) * EACH == sum(Trade.objects.values_list("amount", flat=True)) > UNITS
        assert sum(Fill.objects.values_list("amount", flat=True)) > UNITS
        assert filled(orders) <= UNITS

    def test_control_without_the_books_lock_the_rules_alone_keep_the_amounts(self) -> None:
        orders = the_last_hundred()
        looked = threading.Barrier(CLIENTS)
        clients = [a_client() for _ in range(CLIENTS)]

        outcomes = race([partial(trade_on_trust, each, looked) for each in clients], threads=CLIENTS)

        # One follows the last event of the symbol; the lock spares the others a refusal although there was some.
        assert tally(outcomes) == {"bool": 1, "IntegrityError": CLIENTS - 1}
        assert filled(orders) == sum(Trade.objects.values_list("amount", flat=True)) == EACH
        assert levels() == by_level(orders)

    def test_settled_trades_sell_each_unit_of_stock_once_too(self) -> None:
        a_book_order(amount=1_000)
        stock_up({"MUG": UNITS}, currency="USD")
        Instrument.objects.update(sku="MUG")
        client = a_client()
        ann = a_customer(client)

        outcomes = race(
            [
                partial(place_trade, new_trade(amount=EACH, customer_id=ann.pk), client_id=client.pk, actor=ACTOR)
                for _ in range(CLIENTS)
            ],
            threads=25,
        )

        assert tally(outcomes) == {"Trade": UNITS // EACH, "OutOfStock": CLIENTS - UNITS // EACH}
        assert of_orders.stock() == {"MUG": (UNITS, UNITS)}
        assert total() == 900
        of_orders.assert_everything_adds_up()
        assert_the_book_adds_up()


class TestOnce:
    def test_one_reference_from_twenty_threads_is_one_trade(self) -> None:
        the_last_hundred()
        new, client = new_trade(amount=EACH), a_client()

        outcomes = race([partial(place_trade, new, client_id=client.pk, actor=ACTOR)] * 20, threads=20)

        assert {trade.pk for trade in outcomes if isinstance(trade, Trade)} == {Trade.objects.get().pk}
        assert tally(outcomes) == {"Trade": 20}
        assert total() == UNITS - EACH
        assert_the_book_adds_up()

    def test_one_reference_in_two_books_at_once_is_one_trade(self) -> None:
        client = a_client()
        for turn in range(10):
            symbols = [f"A{turn}", f"B{turn}"]
            for symbol in symbols:
                a_book_order(symbol=symbol)
            outcomes = at_once(
                *(
                    partial(
                        place_trade,
                        new_trade(symbol=symbol, client_ref=f"R{turn}"),
                        client_id=client.pk,
                        actor=ACTOR,
                    )
                    for symbol in symbols
                )
            )
            names = sorted(type(outcome).__name__ for outcome in outcomes)
            assert names in (["AddedMeanwhile", "Trade"], ["Trade", "TradeRefReused"])
            assert Trade.objects.filter(client_ref=f"R{turn}").count() == 1
            assert sum(total(symbol=symbol) for symbol in symbols) == 19
        assert_the_book_adds_up()

    def test_one_id_from_twenty_threads_is_one_order_and_twenty_same_answers(self, settings: Settings) -> None:
        settings.RATE_LIMITS = None
        an_instrument()
        trader = a_trader()
        body = {"id": "X-1", "symbol": "JPM", "side": "Buy", "amount": 5, "price": 20}

        answers = posted([partial(post, trader, "/api/v1/book/orders/", body)] * 20, threads=20)

        assert len({content for _, content in answers}) == 1
        assert {status for status, _ in answers} == {201}
        assert BookOrder.objects.count() == 1
        assert (levels(), Event.objects.filter(type="book_order.added").count()) == ([(20, 5, 1)], 1)
        assert_the_book_adds_up()

    def test_one_id_with_other_contents_is_one_order_and_the_rest_are_refused(self, settings: Settings) -> None:
        settings.RATE_LIMITS = None
        trader = a_trader()
        bodies = [{"id": 1, "symbol": "NEW", "side": "Buy", "amount": n, "price": 20} for n in range(1, 13)]

        answers = posted([partial(post, trader, "/api/v1/book/orders/", body) for body in bodies], threads=12)

        assert Counter(status for status, _ in answers) == {201: 1, 409: 11}
        assert {orjson.loads(content).get("code") for _, content in answers} == {None, "book_order_exists"}
        assert Instrument.objects.count() == BookOrder.objects.count() == 1
        assert_the_book_adds_up()

    def test_one_reference_over_http_is_one_trade_and_twenty_same_answers(self, settings: Settings) -> None:
        settings.RATE_LIMITS = None
        the_last_hundred()
        trader = a_trader()
        body = {"side": "Buy", "amount": 22, "client_ref": "R-1"}

        answers = posted([partial(post, trader, "/api/v1/book/JPM/trades/", body)] * 20, threads=20)

        assert len({content for _, content in answers}) == 1
        assert {status for status, _ in answers} == {201}
        assert Trade.objects.count() == 1
        assert total() == UNITS - 22


class TestAgainstEverythingElse:
    def test_trades_changes_removals_and_adds_on_a_few_prices_add_up_without_a_deadlock(self) -> None:
        client = a_client()
        orders = [a_book_order(client, amount=40, price=20 + n % 5) for n in range(40)]
        draw = random.Random(5)  # noqa: S311

        outcomes = race([some_act(draw, client, orders) for _ in range(400)], threads=16)

        known = {"Trade", "BookOrder", "BookTooThin", "OperationRefused"}
        assert set(tally(outcomes)) <= known, tally(outcomes)
        assert tally(outcomes)["Trade"] > 20
        assert sum(Trade.objects.values_list("amount", flat=True)) == sum(
            BookOrder.objects.values_list("filled", flat=True)
        )
        assert_the_book_adds_up()

    def test_an_order_is_either_taken_or_removed_or_taken_in_part_and_then_removed(self) -> None:
        client = a_client()
        for turn in range(20):
            symbol = f"S{turn}"
            order = a_book_order(client, symbol=symbol, amount=10)

            traded, removed = at_once(
                partial(place_trade, new_trade(symbol=symbol, amount=10), client_id=client.pk, actor=ACTOR),
                partial(remove_order, order.ref, client_id=client.pk, actor=ACTOR),
            )

            names = type(traded).__name__, type(removed).__name__
            assert names in {("Trade", "OperationRefused"), ("BookTooThin", "BookOrder")}
            assert (reload(order).status, total(symbol=symbol)) == (
                ("filled", 0) if names[0] == "Trade" else ("removed", 0)
            )
        assert_the_book_adds_up()

    def test_a_new_price_is_paid_or_it_came_too_late(self) -> None:
        client = a_client()
        for turn in range(20):
            symbol = f"S{turn}"
            order = a_book_order(client, symbol=symbol, amount=10, price=20)

            traded, changed = at_once(
                partial(place_trade, new_trade(symbol=symbol, amount=10), client_id=client.pk, actor=ACTOR),
                partial(change_order, order.ref, {"price": 30}, client_id=client.pk, actor=ACTOR),
            )

            assert isinstance(traded, Trade)
            assert (traded.total, type(changed).__name__) in {(200, "OperationRefused"), (300, "BookOrder")}
        assert_the_book_adds_up()

    def test_what_was_quoted_is_what_it_costs_if_nothing_changed_between(self) -> None:
        """Adds that don't better the price, and trades of the other side, are no change to it."""
        client = a_client()
        for n in range(100):
            a_book_order(client, amount=3, price=20 + n)
            a_book_order(client, side="Sell", amount=3, price=20 + n)
        over = threading.Event()

        def quote_and_trade() -> list[tuple[int, int]]:
            try:
                pairs = []
                for _ in range(20):
                    quoted = walk_book("JPM", "Buy", 7).total
                    pairs.append((quoted, place_trade(new_trade(amount=7), client_id=client.pk, actor=ACTOR).total))
                return pairs
            finally:
                over.set()

        def stir(side_trades: bool) -> int:
            done = 0
            while not over.is_set() and done < 90:
                if side_trades:
                    place_trade(new_trade(side="Sell", amount=1), client_id=client.pk, actor=ACTOR)
                else:
                    add_order(new_book_order(price=500), client_id=client.pk, actor=ACTOR)
                done += 1
            return done

        pairs, trades, adds = at_once(
            quote_and_trade, partial(stir, side_trades=True), partial(stir, side_trades=False)
        )

        assert isinstance(pairs, list)
        assert all(quoted == paid for quoted, paid in pairs)
        assert len(pairs) == 20
        assert isinstance(trades, int)
        assert isinstance(adds, int)
        assert min(trades, adds) > 0
        assert_the_book_adds_up()


class TestTheOrderOfLocks:
    def test_statements_of_many_levels_against_trades_never_deadlock(self) -> None:
        client, instrument = a_client(), an_instrument()
        a_book_order(client, amount=100_000, price=50)
        draw = random.Random(9)  # noqa: S311
        attempts: list[Callable[[], object]] = [
            partial(add_many, client, instrument, draw.sample(range(1, 41), 12)) for _ in range(100)
        ]
        attempts += [
            partial(place_trade, new_trade(amount=draw.randint(1, 30)), client_id=client.pk, actor=ACTOR)
            for _ in range(100)
        ]
        draw.shuffle(attempts)

        outcomes = race(attempts, threads=16)

        assert tally(outcomes) == {"Trade": 100, "int": 100}
        assert list(queue())
        assert_the_book_adds_up()

    def test_control_levels_locked_as_they_come_deadlock(self) -> None:
        client, instrument = a_client(), an_instrument()
        for price in (20, 21):
            a_book_order(client, price=price)
        both_have_one = threading.Barrier(2)

        outcomes = at_once(
            partial(add_one_by_one, client, instrument, [20, 21], both_have_one),
            partial(add_one_by_one, client, instrument, [21, 20], both_have_one),
        )

        (failed,) = [outcome for outcome in outcomes if outcome is not None]
        assert isinstance(failed, OperationalError)
        assert "deadlock detected" in str(failed)
        assert_the_book_adds_up()

    def test_adding_an_order_waits_for_no_trade(self) -> None:
        order = a_book_order()
        locked, added = threading.Event(), threading.Event()

        def hold_the_book() -> None:
            with transaction.atomic():
                Instrument.objects.select_for_update(no_key=True).get(pk=order.instrument_id)
                locked.set()
                assert added.wait(10)

        def add() -> BookOrder:
            assert locked.wait(10)
            new = add_order(new_book_order(price=99), client_id=order.client_id, actor=ACTOR)
            added.set()
            return new

        held, new = at_once(hold_the_book, add)
        assert held is None
        assert isinstance(new, BookOrder)


def by_level(orders: Iterable[BookOrder]) -> list[tuple[int, int, int]]:
    left: dict[int, list[int]] = {}
    for order in map(reload, orders):
        if order.amount:
            left.setdefault(order.price, []).append(order.amount)
    return [(price, sum(amounts), len(amounts)) for price, amounts in sorted(left.items())]


def trade_on_trust(client: Client, looked: threading.Barrier, apart: int = 0) -> bool:
    """Trades as one does who trusts what was read a moment ago: the walk of place_trade, without the book's lock.

    `apart` keeps its sequence from those of others.
    """
    walk = walk_book("JPM", "Buy", EACH)
    sequence = Instrument.objects.get(pk=walk.instrument_id).version + 1 + apart
    looked.wait(30)
    with transaction.atomic():
        trade = Trade.objects.create(
            client=client, client_ref=str(new_id()), instrument_id=walk.instrument_id, sequence=sequence,
            side="Buy", amount=EACH, total=walk.total,
        )  # fmt: skip
        Fill.objects.bulk_create(
            Fill(trade=trade, position=n, order=take.order, amount=take.amount, price=take.order.price)
            for n, take in enumerate(walk.takes)
        )
    return True


def some_act(draw: random.Random, client: Client, orders: list[BookOrder]) -> Callable[[], object]:
    """A trade, an add, a change or a removal."""
    order = draw.choice(orders)
    acts: list[Callable[[], object]] = [
        partial(place_trade, new_trade(amount=draw.randint(1, 60)), client_id=client.pk, actor=ACTOR),
        partial(add_order, new_book_order(amount=9, price=draw.randint(18, 25)), client_id=client.pk, actor=ACTOR),
        partial(change_order, order.ref, {"amount": draw.randint(1, 60)}, client_id=client.pk, actor=ACTOR),
        partial(change_order, order.ref, {"price": draw.randint(18, 25)}, client_id=client.pk, actor=ACTOR),
        partial(remove_order, order.ref, client_id=client.pk, actor=ACTOR),
    ]
    return draw.choices(acts, weights=[4, 3, 3, 3, 1])[0]


def post(trader: Caller, path: str, body: dict[str, object]) -> tuple[int, bytes]:
    """Under a key of its own, as separate programs of one client would."""
    response = trader.post(path, body)
    return response.status_code, response.content


def posted(attempts: list[Callable[[], tuple[int, bytes]]], *, threads: int) -> list[tuple[int, bytes]]:
    """(status, body) of each answer."""
    outcomes = race(attempts, threads=threads)
    answers = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    assert len(answers) == len(outcomes), outcomes
    return answers


def row(client: Client, instrument: Instrument, price: int) -> BookOrder:
    return BookOrder(
        client=client, ref=str(new_id()), instrument=instrument, side="Buy", amount=1, price=price,
        entered_amount=1, entered_price=price, created_at=timezone.now(),
    )  # fmt: skip


def add_many(client: Client, instrument: Instrument, prices: list[int]) -> int:
    """As an import does: one statement for the orders of many levels, in whatever order they come."""
    job = an_import(client)
    with transaction.atomic():
        rows = [row(client, instrument, price) for price in prices]
        for each in rows:
            each.book_import = job
        return len(BookOrder.objects.bulk_create(rows))


def add_one_by_one(client: Client, instrument: Instrument, prices: list[int], both_have_one: threading.Barrier) -> None:
    """One statement after the other, in the order in which they come."""
    job = an_import(client)
    with transaction.atomic():
        for turn, price in enumerate(prices):
            if turn:
                both_have_one.wait(10)
            order = row(client, instrument, price)
            order.book_import, order.version = job, 0
            order.save()
