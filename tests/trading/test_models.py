"""What the book's tables hold true by themselves, attacked as no action does: by SQL and by bulk writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.utils import timezone

from core.ids import new_id
from core.operations import OperationRefused
from tests.factories.core import a_client
from tests.factories.trading import (
    a_book,
    a_book_order,
    a_trade,
    an_instrument,
    an_unsaved_order,
    levels,
    queue,
    reload,
    total,
)
from tests.factories.watching import refused_by_the_database
from trading.models import (
    MAX_AMOUNT,
    MAX_PRICE,
    BookOrder,
    Fill,
    Instrument,
    PriceLevel,
    SideTotal,
    Trade,
)
from trading.queries import book_discrepancies

pytestmark = pytest.mark.django_db


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def set_columns(order: BookOrder, assignments: str) -> None:
    run(f"UPDATE trading_bookorder SET {assignments} WHERE id = %s", order.pk)


def add_trade(order: BookOrder, amount: int, price: int, **fields: Any) -> Trade:
    """The trade alone, which no fill makes true yet."""
    version = Instrument.objects.values_list("version", flat=True).get(pk=order.instrument_id)
    base: dict[str, Any] = {
        "client_id": order.client_id, "client_ref": str(new_id()), "instrument": order.instrument,
        "sequence": version + 1, "side": order.side, "amount": amount,
        "total": amount * price,
    }  # fmt: skip
    return Trade.objects.create(**{**base, **fields})


def fill(order: BookOrder, amount: int, price: int | None = None, *, position: int = 1, **trade: Any) -> None:
    """A trade and the fill of it, by hand."""
    price = order.price if price is None else price
    Fill.objects.create(
        trade=add_trade(order, amount, price, **trade), position=position, order=order, amount=amount, price=price
    )


class TestAnOrder:
    @pytest.mark.parametrize(
        ("fields", "rule"),
        [
            ({"side": "Hold"}, "book_order_side_known"),
            ({"side": "buy"}, "book_order_side_known"),
            ({"price": 0}, "book_order_price_in_range"),
            ({"price": -1}, "book_order_price_in_range"),
            ({"price": MAX_PRICE + 1}, "book_order_price_in_range"),
            ({"amount": -1}, "book_order_amount|price_level_has_something"),
            ({"amount": 0}, "book_order_amounts_fit_its_status|price_level_has_something"),
            ({"amount": MAX_AMOUNT + 1}, "book_order_amount_in_range"),
            ({"filled": 1}, "book_order_amounts_fit_its_status"),
            ({"filled": -1}, "book_order_amounts_fit_its_status"),
            ({"closed_at": timezone.now()}, "book_order_closed_once_out_of_the_book"),
            ({"status": "partially_filled", "filled": 1}, "book_order_begins_open"),
            ({"status": "filled", "amount": 0, "filled": 5, "closed_at": timezone.now()}, "book_order_begins_open"),
            ({"status": "removed", "closed_at": timezone.now()}, "book_order_begins_open"),
            ({"status": "lost"}, "book_order_begins_open"),
        ],
    )
    def test_one_that_breaks_a_rule_does_not_come_in(self, fields: dict[str, Any], rule: str) -> None:
        order = an_unsaved_order(**fields)
        with refused_by_the_database(rule):
            order.save()

    def test_one_id_is_one_order_per_client(self) -> None:
        order = a_book_order()
        twin = an_unsaved_order(client=order.client, ref=order.ref)
        with refused_by_the_database("book_order_id_once_per_client"):
            twin.save()
        an_unsaved_order(ref=order.ref, instrument=order.instrument).save()
        assert queue() == [(order.ref, 5, 10), (order.ref, 10, 20)]

    def test_a_thousand_at_once_are_counted_at_once(self) -> None:
        BookOrder.objects.bulk_create(
            an_unsaved_order(client=client, ref=str(n), price=1 + n % 7)
            for client in [a_client()]
            for n in range(1_000)
        )
        assert total() == 5_000
        assert sum(orders for _, _, orders in levels()) == 1_000
        assert list(book_discrepancies()) == []

    def test_one_bad_row_among_many_stops_them_all(self) -> None:
        client, instrument = a_client(), an_instrument()
        rows = [an_unsaved_order(client=client, instrument=instrument, ref=str(n), price=n) for n in range(4)]
        with refused_by_the_database("book_order_price_in_range"):
            BookOrder.objects.bulk_create(rows)

    @pytest.mark.parametrize(
        "assignments",
        [
            "id = gen_random_uuid()",
            "ref = 'other'",
            "side = 'Sell'",
            "ref_is_number = NOT ref_is_number",
            "source = 'other'",
            "book_import_id = gen_random_uuid()",
            "created_at = now() + interval '1 day'",
            "client_id = (SELECT id FROM core_client WHERE name = 'Other')",
            "instrument_id = (SELECT id FROM trading_instrument WHERE symbol = 'OTHER')",
            "entered_amount = 1",
            "entered_price = 1",
        ],
    )
    @pytest.mark.parametrize("status", ["open", "partially_filled"])
    def test_what_it_is_never_changes(self, assignments: str, status: str) -> None:
        an_instrument("OTHER")
        a_client("Other")
        order = a_book_order(status=status)
        with refused_by_the_database("Cannot update|read.?only|changed"):
            set_columns(order, assignments)

    @pytest.mark.parametrize(
        "assignments",
        [
            "filled = 1",
            "filled = 1, amount = amount - 1, status = 'partially_filled'",
            "filled = amount, amount = 0, status = 'filled', closed_at = now()",
            "filled = -1",
        ],
    )
    def test_its_filled_amount_is_written_by_fills_alone(self, assignments: str) -> None:
        order = a_book_order()
        with refused_by_the_database("trading_bookorder changes only with the orders and fills it sums up"):
            set_columns(order, assignments)
        with refused_by_the_database("changes only with"):
            BookOrder.objects.update(filled=2)
        order.filled = 3
        with refused_by_the_database("changes only with"):
            BookOrder.objects.bulk_update([order], ["filled"])
        with refused_by_the_database("changes only with"):
            order.save()

    def test_a_part_that_was_filled_is_not_taken_back(self) -> None:
        order = a_book_order(status="partially_filled")
        with refused_by_the_database("changes only with"):
            set_columns(order, "filled = 0, amount = amount + filled")
        with refused_by_the_database("Invalid transition"):
            set_columns(order, "status = 'open'")

    @pytest.mark.parametrize(
        ("assignments", "rule"),
        [
            ("amount = 0", "book_order_amounts_fit_its_status"),
            ("amount = -1", "book_order_amount"),
            (f"amount = {MAX_AMOUNT + 1}", "book_order_amount_in_range"),
            ("price = 0", "book_order_price_in_range"),
            (f"price = {MAX_PRICE + 1}", "book_order_price_in_range"),
            ("status = 'filled'", "book_order_amounts_fit_its_status"),
            ("status = 'partially_filled'", "book_order_amounts_fit_its_status"),
            ("status = 'removed'", "book_order_closed_once_out_of_the_book"),
            ("closed_at = now()", "book_order_closed_once_out_of_the_book"),
            ("amount = 0, status = 'removed', closed_at = now()", "book_order_amounts_fit_its_status"),
            ("status = 'gone'", "Invalid transition"),
            ("rank = 1", "can only be updated to DEFAULT"),
        ],
    )
    def test_a_change_that_breaks_a_rule_is_refused(self, assignments: str, rule: str) -> None:
        order = a_book_order()
        with refused_by_the_database(rule):
            set_columns(order, assignments)

    @pytest.mark.parametrize("status", ["filled", "removed"])
    @pytest.mark.parametrize(
        "assignments",
        [
            "amount = 1",
            "price = 1",
            "status = 'open', closed_at = NULL",
            "status = 'open', amount = 10, filled = 0, closed_at = NULL",
            "closed_at = now()",
            "source = 'x'",
            "queue = 0",
            "version = version + 1",
        ],
    )
    def test_out_of_the_book_it_is_final(self, status: str, assignments: str) -> None:
        order = a_book_order(status=status)
        with refused_by_the_database("Cannot update|Invalid transition|changes only"):
            set_columns(order, assignments)

    @pytest.mark.parametrize("status", ["open", "partially_filled", "filled", "removed"])
    def test_it_is_never_deleted(self, status: str) -> None:
        order = a_book_order(status=status)
        with refused_by_the_database("Cannot delete"):
            run("DELETE FROM trading_bookorder WHERE id = %s", order.pk)
        with refused_by_the_database("Cannot delete"):
            BookOrder.objects.filter(pk=order.pk)._raw_delete("default")

    def test_its_amount_and_price_take_their_level_and_total_along(self) -> None:
        order = a_book_order(amount=10, price=20)
        a_book_order(amount=1, price=20)
        BookOrder.objects.filter(pk=order.pk).update(amount=7)
        assert (levels(), total()) == ([(20, 8, 2)], 8)
        BookOrder.objects.filter(pk=order.pk).update(price=30)
        assert (levels(), total()) == ([(20, 1, 1), (30, 7, 1)], 8)
        BookOrder.objects.update(price=40)
        assert (levels(), total()) == ([(40, 8, 2)], 8)
        BookOrder.objects.filter(pk=order.pk).update(status="removed", closed_at=timezone.now())
        assert (levels(), total()) == ([(40, 1, 1)], 1)

    def test_a_swap_of_two_prices_in_one_statement_moves_both(self) -> None:
        a_book_order(amount=1, price=10)
        a_book_order(amount=2, price=20)
        BookOrder.objects.update(price=30 - models.F("price"))
        assert levels() == [(10, 2, 1), (20, 1, 1)]
        assert list(book_discrepancies()) == []

    def test_many_changes_in_one_statement_on_both_sides_of_two_books_add_up(self) -> None:
        for symbol in ("A", "B"):
            for side in ("Buy", "Sell"):
                for price in (5, 6, 7):
                    a_book_order(symbol=symbol, side=side, amount=4, price=price)
        BookOrder.objects.update(price=models.F("price") + 1, amount=models.F("amount") + 1)
        assert list(book_discrepancies()) == []
        assert {side: levels(side, "B") for side in ("Buy", "Sell")} == {
            "Buy": [(6, 5, 1), (7, 5, 1), (8, 5, 1)],
            "Sell": [(8, 5, 1), (7, 5, 1), (6, 5, 1)],
        }

    def test_the_model_takes_no_more_than_is_left(self) -> None:
        order = BookOrder(amount=5, status="open")
        for amount in (0, -1, 6):
            with pytest.raises(ValueError, match="can't be taken"):
                order.take(amount, at=timezone.now())
        order.take(2, at=timezone.now())
        assert (order.amount, order.filled, order.status, order.closed_at) == (3, 2, "partially_filled", None)
        now = timezone.now()
        order.take(3, at=now)
        assert (order.amount, order.filled, order.status, order.closed_at) == (0, 5, "filled", now)
        with pytest.raises(OperationRefused):
            order.remove(at=now)

    def test_its_id_is_what_the_client_wrote(self) -> None:
        assert a_book_order(id=17).public_id == 17
        assert a_book_order(id="0017").public_id == "0017"


class TestAFill:
    def test_it_takes_from_its_order_and_its_level(self) -> None:
        order = a_book_order(amount=10, price=20)
        fill(order, 4)
        found = reload(order)
        assert (found.amount, found.filled, found.status, found.closed_at) == (6, 4, "partially_filled", None)
        assert (levels(), total(), found.version) == ([(20, 6, 1)], 6, order.version + 1)
        fill(found, 6)
        found = reload(order)
        assert (found.amount, found.filled, found.status) == (0, 10, "filled")
        assert found.closed_at is not None
        assert (levels(), total()) == ([], 0)
        assert list(book_discrepancies()) == []

    @pytest.mark.parametrize("amount", [11, 1_000])
    def test_it_takes_no_more_than_is_left(self, amount: int) -> None:
        order = a_book_order(amount=10)
        a_book_order(amount=1_000)
        with refused_by_the_database("book_order_amount"):
            fill(order, amount)

    def test_it_takes_no_more_than_is_left_of_an_order_filled_in_part(self) -> None:
        order = a_book_order(amount=10, status="partially_filled")
        with refused_by_the_database("book_order_amount"):
            fill(order, 10)

    @pytest.mark.parametrize("amount", [0, -1])
    def test_it_takes_something(self, amount: int) -> None:
        order = a_book_order()
        with refused_by_the_database("fill_takes_something"):
            trade = add_trade(order, 1, order.price)
            Fill.objects.create(trade=trade, position=1, order=order, amount=amount, price=order.price)

    @pytest.mark.parametrize("status", ["filled", "removed"])
    def test_it_takes_nothing_of_an_order_out_of_the_book(self, status: str) -> None:
        order = a_book_order(status=status)
        with refused_by_the_database("out of the book"):
            fill(order, 1)

    def test_it_is_at_the_price_of_its_order(self) -> None:
        order = a_book_order(price=20)
        with refused_by_the_database("at another price"):
            fill(order, 1, price=19)

    def test_it_is_of_the_book_of_its_trade(self) -> None:
        order, other = a_book_order(), a_book_order(symbol="OTHER")
        with refused_by_the_database("of another book"):
            fill(order, 1, instrument=other.instrument)

    def test_it_is_of_the_side_of_its_trade(self) -> None:
        order = a_book_order()
        with refused_by_the_database("of another book"):
            fill(order, 1, side="Sell")

    @pytest.mark.parametrize("wrong", [{"amount": 2}, {"total": 21}, {"total": 0}, {"amount": 3, "total": 60}])
    def test_the_fills_of_a_trade_add_up_to_it(self, wrong: dict[str, int]) -> None:
        order = a_book_order(price=20)
        with refused_by_the_database("do not add up"):
            trade = add_trade(order, **{"amount": 1, "price": 20, **wrong})
            Fill.objects.create(trade=trade, position=1, order=order, amount=1, price=20)

    def test_no_fill_comes_later(self) -> None:
        first, second, *_ = a_book()
        trade = a_trade(amount=2)
        with refused_by_the_database("do not add up"):
            Fill.objects.create(trade=trade, position=2, order=second, amount=1, price=second.price)
        with refused_by_the_database("fill_once_per_order_and_trade"):
            Fill.objects.create(trade=trade, position=2, order=first, amount=1, price=first.price)

    def test_no_fill_comes_later_even_with_the_whole_amount_again(self) -> None:
        a_book()
        trade = a_trade(amount=20)
        twin = a_book_order(amount=20, price=20)
        with refused_by_the_database("do not add up"):
            Fill.objects.create(trade=trade, position=2, order=twin, amount=20, price=20)

    def test_one_statement_takes_from_an_order_once(self) -> None:
        order = a_book_order(amount=10, price=20)
        with refused_by_the_database("fills an order twice"):
            first = add_trade(order, 2, 20)
            trades = [first, add_trade(order, 2, 20, sequence=first.sequence + 1)]
            rows = [Fill(trade=trade, position=1, order=order, amount=2, price=20) for trade in trades]
            Fill.objects.bulk_create(rows)

    def test_it_needs_an_order(self) -> None:
        order = a_book_order()
        with refused_by_the_database("one that does not exist"):
            trade = add_trade(order, 1, 20)
            run(
                "INSERT INTO trading_fill (trade_id, position, order_id, amount, price) VALUES (%s, 1, %s, 1, 20)",
                trade.pk,
                new_id(),
            )

    def test_it_needs_a_trade(self) -> None:
        order = a_book_order()
        with refused_by_the_database("trading_fill_trade_id|add up|does not exist"):
            run(
                "INSERT INTO trading_fill (trade_id, position, order_id, amount, price) VALUES (%s, 1, %s, 1, 20)",
                new_id(),
                order.pk,
            )
            run("SET CONSTRAINTS ALL IMMEDIATE")

    def test_a_position_is_taken_once(self) -> None:
        first, second, *_ = a_book()
        with refused_by_the_database("fill_position_once_per_trade"):
            trade = add_trade(first, 2, 0, total=41)
            rows = [Fill(trade=trade, position=1, order=each, amount=1, price=each.price) for each in (first, second)]
            Fill.objects.bulk_create(rows)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE trading_fill SET amount = amount + 1",
            "UPDATE trading_fill SET price = 1",
            "UPDATE trading_fill SET position = 9",
            "DELETE FROM trading_fill",
        ],
    )
    def test_it_is_for_ever(self, statement: str) -> None:
        a_book()
        a_trade(amount=22)
        with refused_by_the_database("Cannot (update|delete)"):
            run(statement)

    @pytest.mark.parametrize("table", ["fill", "trade", "bookorder", "pricelevel", "sidetotal"])
    def test_an_upsert_is_no_way_around(self, table: str) -> None:
        a_book()
        a_trade(amount=3)
        columns = "trade_id, position, order_id, amount, price"
        statements = {
            "fill": f"INSERT INTO trading_fill ({columns}) SELECT {columns} FROM trading_fill "
            "ON CONFLICT (trade_id, position) DO UPDATE SET amount = 1",
            "trade": "INSERT INTO trading_trade SELECT * FROM trading_trade ON CONFLICT (id) DO UPDATE SET total = 1",
            "bookorder": "INSERT INTO trading_bookorder (id, version, client_id, ref, ref_is_number, instrument_id, "
            "side, amount, price, source, status, filled, entered_amount, entered_price, created_at) "
            "SELECT id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, 'open', 0, "
            "entered_amount, entered_price, created_at FROM trading_bookorder WHERE amount > 0 "
            "ON CONFLICT (id) DO UPDATE SET filled = 1",
            "pricelevel": "INSERT INTO trading_pricelevel (instrument_id, side, rank, amount, orders) "
            "SELECT instrument_id, side, rank, amount, orders FROM trading_pricelevel "
            "ON CONFLICT (instrument_id, side, rank) DO UPDATE SET amount = 1",
            "sidetotal": "INSERT INTO trading_sidetotal (instrument_id, side, shard, amount) "
            "SELECT instrument_id, side, shard, amount FROM trading_sidetotal "
            "ON CONFLICT (instrument_id, side, shard) DO UPDATE SET amount = 1",
        }
        with refused_by_the_database("Cannot update|changes only with"):
            run(statements[table])


class TestATrade:
    @pytest.mark.parametrize(
        ("fields", "rule"),
        [
            ({"amount": 0}, "trade_amount_in_range"),
            ({"amount": -1}, "trade_amount_in_range"),
            ({"amount": MAX_AMOUNT + 1}, "trade_amount_in_range"),
            ({"limit_total": 19}, "trade_within_its_limit"),
            ({"client_ref": "TAKEN"}, "trade_ref_once_per_client"),
            ({"sequence": 1}, "trade_sequence_once_per_instrument"),
        ],
    )
    def test_one_that_breaks_a_rule_is_refused(self, fields: dict[str, Any], rule: str) -> None:
        instrument = an_instrument("FRESH")
        Instrument.objects.filter(pk=instrument.pk).update(version=0)
        order = a_book_order(symbol="FRESH", price=20)
        fill(order, 1, client_ref="TAKEN", sequence=1)
        with refused_by_the_database(rule):
            add_trade(order, fields.pop("amount", 1), 20, **fields)

    def test_one_is_settled_as_an_order_for_a_customer_alone(self) -> None:
        order = a_book_order()
        with refused_by_the_database("trade_settled_for_a_customer"):
            add_trade(order, 1, 20, order_id=new_id())
        with refused_by_the_database("trade_settled_for_a_customer"):
            add_trade(order, 1, 20, side="Sell", order_id=new_id(), customer_id=new_id())

    def test_the_order_of_it_exists(self) -> None:
        order = a_book_order()
        with refused_by_the_database("trading_trade_order_id"):
            add_trade(order, 1, 20, order_id=new_id(), customer_id=new_id())
            run("SET CONSTRAINTS ALL IMMEDIATE")

    def test_one_that_skips_or_repeats_a_version_of_its_instrument_is_refused(self) -> None:
        order = a_book_order()
        version = Instrument.objects.get(pk=order.instrument_id).version
        for sequence in (version, version + 2):
            with refused_by_the_database("does not follow the last event of its instrument"):
                fill(order, 1, sequence=sequence)

    def test_it_has_fills(self) -> None:
        order = a_book_order()
        with refused_by_the_database("has no fills"):
            add_trade(order, 1, 20)
            run("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE trading_trade SET total = total + 1",
            "UPDATE trading_trade SET client_ref = 'x'",
            "UPDATE trading_trade SET created_at = now()",
            "DELETE FROM trading_trade",
        ],
    )
    def test_it_is_for_ever(self, statement: str) -> None:
        a_book()
        a_trade(amount=22)
        with refused_by_the_database("Cannot (update|delete)"):
            run(statement)


class TestTheSums:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE trading_pricelevel SET amount = amount + 1",
            "UPDATE trading_pricelevel SET orders = 0",
            "DELETE FROM trading_pricelevel",
            "UPDATE trading_sidetotal SET amount = 0",
            "DELETE FROM trading_sidetotal",
            "INSERT INTO trading_pricelevel (instrument_id, side, rank, amount, orders) "
            "SELECT id, 'Buy', 99, 1, 1 FROM trading_instrument",
            "INSERT INTO trading_sidetotal (instrument_id, side, shard, amount) "
            "SELECT id, 'Buy', 99, 1 FROM trading_instrument",
        ],
    )
    def test_they_are_not_written_by_hand(self, statement: str) -> None:
        a_book()
        with refused_by_the_database("changes only with the orders and fills it sums up"):
            run(statement)

    def test_they_are_not_written_through_the_orm(self) -> None:
        a_book()
        level, share = PriceLevel.objects.first(), SideTotal.objects.first()
        assert level is not None
        assert share is not None
        for attempt in (level.save, level.delete, share.save, share.delete):
            with refused_by_the_database("changes only with"):
                attempt()

    def test_a_level_has_at_least_one_of_each_order(self) -> None:
        a_book()
        run("SET CONSTRAINTS ALL IMMEDIATE")
        with refused_by_the_database("price_level_has_something_of_each_order"):
            run("ALTER TABLE trading_pricelevel DISABLE TRIGGER USER")
            run("UPDATE trading_pricelevel SET orders = amount + 1")

    def test_no_level_is_empty(self) -> None:
        first, *_ = a_book()
        a_trade(amount=30)
        assert levels() == []
        assert not PriceLevel.objects.filter(orders=0).exists()
        again = a_book_order(price=first.price)
        assert levels() == [(20, again.amount, 1)]


class TestAnInstrument:
    def test_it_is_kept_and_its_symbol_is_its_own(self) -> None:
        instrument = an_instrument()
        with refused_by_the_database("Cannot delete"):
            run("DELETE FROM trading_instrument")
        with refused_by_the_database("trading_instrument_symbol"):
            Instrument.objects.create(symbol=instrument.symbol, currency="EUR")
