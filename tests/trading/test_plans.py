"""How PostgreSQL reads a book of 20,000 orders: by index in its order, and no further than the fills."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from core.files.tables import open_table
from core.models import Client
from tests import emptying
from tests.factories.core import a_client, read
from tests.factories.trading import a_trade, a_trader, an_import, an_instrument
from trading.actions.imports import bring_in
from trading.errors import BookTooThin
from trading.imports.reading import LAYOUT, read_batches
from trading.queries import find_order, read_book, walk_book

pytestmark = pytest.mark.django_db

ORDERS = 20_000
HEADER = b"orderId,symbol,side,amount,price\n"
_FILL = """
INSERT INTO trading_bookorder (id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source,
    status, filled, entered_amount, entered_price, book_import_id, created_at)
SELECT gen_random_uuid(), 0, %s, n::text, true, %s, CASE WHEN n %% 2 = 0 THEN 'Buy' ELSE 'Sell' END, 1 + n %% 9,
    1 + (n * 7919) %% 500, '', 'open', 0, 1 + n %% 9, 1 + (n * 7919) %% 500, %s, now()
FROM generate_series(1, %s) n
"""
Plan = dict[str, Any]


@pytest.fixture(scope="module")
def client(django_db_setup: None, django_db_blocker: Any) -> Iterator[Client]:
    """Whose 20,000 orders are in the book of JPM; another's are in another. All tests of this module read the same."""
    with django_db_blocker.unblock():
        client = a_client()
        with connection.cursor() as cursor:
            for symbol, count, owner in (("JPM", ORDERS, client), ("OTHER", 2 * ORDERS, a_client())):
                cursor.execute(_FILL, [owner.pk, an_instrument(symbol).pk, an_import(owner).pk, count])
            cursor.execute("ANALYZE trading_bookorder, trading_pricelevel, trading_sidetotal, trading_instrument")
    yield client
    with django_db_blocker.unblock():
        emptying.empty()


@pytest.fixture(autouse=True)
def _without_rate_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


def plans(act: Callable[[], object]) -> list[Plan]:
    """How each statement that the act sends to the book's tables is carried out, with what it really reads."""
    found: list[Plan] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "trading_" in sql and "INSERT INTO" not in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                found.append(cursor.cursor.fetchone()[0][0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        act()
    return found


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def all_nodes(found: list[Plan]) -> list[Plan]:
    return [node for plan in found for node in nodes(plan)]


def rows_read(found: list[Plan], table: str) -> int:
    """Rows of the table that were read, those that a filter then dropped included."""
    of_table = [node for node in all_nodes(found) if node.get("Relation Name") == table]
    return sum(
        round(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))) for node in of_table
    )


def indexes(found: list[Plan], table: str) -> set[str]:
    """By which the table is read; "" for one that is read from end to end."""
    return {node.get("Index Name", "") for node in all_nodes(found) if node.get("Relation Name") == table}


def sorts(found: list[Plan]) -> list[str]:
    return [node["Node Type"] for node in all_nodes(found) if "Sort" in node["Node Type"]]


@pytest.mark.parametrize("side", ["Buy", "Sell"])
@pytest.mark.parametrize("amount", [1, 40, 400])
def test_the_walk_follows_its_index_and_reads_what_it_takes(client: Client, side: str, amount: int) -> None:
    takes = walk_book("JPM", side, amount).takes
    found = plans(lambda: walk_book("JPM", side, amount))
    assert len(found) == 1
    assert indexes(found, "trading_bookorder") == {"book_order_walk"}
    assert rows_read(found, "trading_bookorder") <= len(takes) + 1
    assert rows_read(found, "trading_sidetotal") <= 16
    assert [node for node in all_nodes(found) if node["Node Type"] == "Sort" and node["Actual Rows"] > len(takes)] == []


def test_a_book_that_is_too_thin_is_known_without_a_walk(client: Client) -> None:
    def ask() -> None:
        with pytest.raises(BookTooThin):
            walk_book("JPM", "Buy", 1_000_000)

    found = plans(ask)
    assert rows_read(found, "trading_bookorder") == 0


def test_depth_reads_as_many_levels_as_it_shows(client: Client) -> None:
    found = plans(lambda: read_book("JPM", depth=10))
    assert indexes(found, "trading_pricelevel") == {"level_once_per_price"}
    assert rows_read(found, "trading_pricelevel") <= 2 * 10
    assert rows_read(found, "trading_bookorder") == 0


def test_an_order_is_found_by_its_id(client: Client) -> None:
    found = plans(lambda: find_order(client.pk, "777"))
    assert indexes(found, "trading_bookorder") == {"book_order_id_once_per_client"}
    assert rows_read(found, "trading_bookorder") == 1


def test_a_trade_reads_what_it_takes(client: Client) -> None:
    takes = walk_book("JPM", "Buy", 100).takes
    found = plans(lambda: a_trade(client, amount=100))
    assert rows_read(found, "trading_bookorder") <= len(takes) + 1


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", {"book_order_of_client"}),
        ("?ordering=created_at", {"book_order_of_client"}),
        ("?symbol=JPM&side=Sell", {"book_order_of_client_and_book"}),
        ("?symbol=OTHER&side=Buy", {"book_order_of_client_and_book"}),
    ],
)
def test_a_page_of_orders_is_read_by_index(client: Client, query: str, index: set[str]) -> None:
    trader = a_trader(client)
    found = plans(lambda: read(trader.get(f"/api/v1/book/orders/{query}")))
    assert indexes(found, "trading_bookorder") == index
    assert rows_read(found, "trading_bookorder") <= 101
    assert sorts(found) == []


def test_a_page_is_as_cheap_far_down_the_list(client: Client) -> None:
    trader = a_trader(client)
    path = "/api/v1/book/orders/?limit=100"
    for _ in range(5):
        path = read(trader.get(path))["next"]
    found = plans(lambda: read(trader.get(path)))
    assert rows_read(found, "trading_bookorder") <= 101


def test_rows_that_are_in_the_book_already_are_each_looked_up_even_of_a_client_that_the_statistics_do_not_know(
    client: Client,
) -> None:
    stranger = a_client()
    job = an_import(stranger)
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [stranger.pk, an_instrument("NEW").pk, job.pk, ORDERS])
    content = HEADER + b"".join(b"%d,NEW,Buy,9,999\n" % number for number in range(1, 101))
    with open_table(LAYOUT, lambda at: io.BytesIO(content[at:])) as table:
        (batch,) = read_batches(table, rows=1000)

    found = plans(lambda: bring_in(job, batch))

    assert rows_read(found, "trading_bookorder") == 100
