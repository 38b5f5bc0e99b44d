"""The self-check of the book: it names what is off and by how much, and repairs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from structlog.testing import capture_logs

from tests.factories.trading import a_book, a_book_order, a_trade
from tests.factories.watching import nothing_changes
from trading.models import BookOrder, Fill, PriceLevel, SideTotal, Trade
from trading.queries import book_discrepancies
from trading.tasks import reconcile_book

pytestmark = pytest.mark.django_db


@contextmanager
def triggers_off(table: str) -> Iterator[None]:
    """What only a superuser can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture(autouse=True)
def book() -> list[BookOrder]:
    """JPM, of which 22 were bought for 442."""
    orders = a_book()
    a_trade(amount=22)
    return orders


def said() -> str:
    """What the command prints of a book that is off."""
    output = StringIO()
    with nothing_changes(), pytest.raises(CommandError, match="does not add up"):
        call_command("verify_book", stdout=output)
    return output.getvalue()


def test_a_sound_book_is_reported_as_such() -> None:
    output = StringIO()
    call_command("verify_book", stdout=output)
    assert output.getvalue() == "4 book orders, 1 trades, 0 units off, 0 cents off\n"
    with capture_logs() as logs:
        assert reconcile_book() is True
    assert [line["event"] for line in logs] == ["reconcile_book_ok"]


def test_an_order_that_its_fills_contradict_is_named(book: list[BookOrder]) -> None:
    with triggers_off("trading_bookorder"):
        BookOrder.objects.filter(pk=book[1].pk).update(filled=F("filled") + 3)
    printed = said()
    assert "3 units off, 0 cents off" in printed
    assert f"order {book[1].ref}: 5 filled, 2 in its fills" in printed


def test_a_fill_that_grew_is_off_from_its_order_and_its_trade() -> None:
    trade = Trade.objects.get()
    with triggers_off("trading_fill"):
        Fill.objects.filter(position=1).update(amount=F("amount") + 1)
    printed = said()
    assert "2 units off, 20 cents off" in printed
    assert f"trade {trade.pk}: 22 for 442, 23 for 462 in its fills" in printed


def test_a_trade_without_fills_is_named() -> None:
    with triggers_off("trading_fill"):
        Fill.objects.all()._raw_delete("default")
    assert "22 for 442, 0 for 0 in its fills" in said()


def test_a_level_and_a_total_that_their_orders_contradict_are_named() -> None:
    with triggers_off("trading_pricelevel"):
        PriceLevel.objects.filter(side="Buy").update(amount=F("amount") + 5)
    printed = said()
    assert "13 in 1 orders, 8 in 1 in the book" in printed
    assert "8 in all, 13 in its levels" in printed
    assert "10 units off" in printed


def test_a_level_that_is_missing_and_one_too_many_are_named() -> None:
    with triggers_off("trading_pricelevel"):
        PriceLevel.objects.filter(side="Sell").update(rank=F("rank") - 1)
    assert len([line for line in book_discrepancies() if line.startswith("level ")]) == 4


def test_a_share_of_a_total_that_is_lost_is_named_and_logged() -> None:
    with triggers_off("trading_sidetotal"):
        SideTotal.objects.filter(side="Sell")._raw_delete("default")
    assert "0 in all, 17 in its levels" in said()
    with nothing_changes(), capture_logs() as logs:
        assert reconcile_book() is False
    assert [(line["event"], line["lines"], line["units_off"]) for line in logs] == [("reconcile_book_broken", 1, 17)]


def test_ten_lines_are_enough_for_one_rule_and_the_units_are_those_of_all() -> None:
    for _ in range(12):
        a_book_order(status="removed")
    with triggers_off("trading_bookorder"):
        BookOrder.objects.filter(status="removed").update(filled=1)
    assert len(list(book_discrepancies())) == 10
    assert "12 units off" in said()
