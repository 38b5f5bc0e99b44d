"""The feed over real connections to the feed process, as it is served."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client as Browser

from core.clients import issue_key
from core.models import Client
from tests.concurrency.racing import race
from tests.core.children import wait_until
from tests.factories.core import a_client, read
from tests.factories.trading import (
    ACTOR,
    SYMBOL,
    a_book,
    a_book_order,
    a_trade,
    a_trader,
    an_instrument,
    change,
    remove,
)
from tests.web import FeedProcess, Web
from trading.feed.reading import MOST_FILLS, MOST_TRADES
from trading.models import Trade

pytestmark = pytest.mark.django_db(transaction=True)

LISTENERS, OF_ONE_CLIENT = 6, 4
NAME = "qm-test-feed"
BUY = [{"price": 20, "amount": 20, "orders": 1}, {"price": 21, "amount": 10, "orders": 1}]
SELL = [{"price": 25, "amount": 12, "orders": 1}, {"price": 20, "amount": 5, "orders": 1}]


class Listener:
    """A program that listens. Its messages come as (event, id, data); a comment as ("", "", text)."""

    def __init__(self, web: Web, client: Client | None = None, query: str = "", *, last: int | str = "") -> None:
        key = issue_key((client or a_client()).pk, scopes=("book:read",), actor=ACTOR)[1]
        self._connection = HTTPConnection("127.0.0.1", web.port, timeout=20)
        sent = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream", "Last-Event-ID": str(last)}
        self._connection.request("GET", f"/api/v1/book/{SYMBOL}/feed/{query}", headers=sent)
        self.response: HTTPResponse = self._connection.getresponse()
        self.status = self.response.status

    @classmethod
    def seated(cls, web: Web, client: Client | None = None, query: str = "", *, last: int | str = "") -> Listener:
        """One that tries until there is room: those who just left are missed within a second or so."""
        tries = [cls(web, client, query, last=last)]

        def is_seated() -> bool:
            if tries[-1].status != 200:
                tries.append(cls(web, client, query, last=last))
            return tries[-1].status == 200

        wait_until(is_seated)
        return tries[-1]

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.response.close()
        self._connection.close()

    def messages(self) -> Iterator[tuple[str, str, Any]]:
        """Until the stream ends."""
        fields: dict[str, str] = {}
        deadline = time.monotonic() + 30  # Comments would keep a stream alive on which nothing comes.
        while line := self.response.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            assert time.monotonic() < deadline
            if line != b"\n":
                fields[name] = value
                continue
            if "" in fields or "event" in fields:
                data = orjson.loads(fields["data"]) if "data" in fields else fields[""]
                yield fields.get("event", ""), fields.get("id", ""), data
            fields = {}

    def next(self, event: str = "book") -> Any:
        """The data of the next message, which is of this kind."""
        kind, _, data = next(self.messages())
        assert kind == event, data
        return data

    def trades(self, count: int) -> list[int]:
        """The sequences of the next trades, and no book, gap or comment between is looked at."""
        sequences: list[int] = []
        for event, identifier, data in self.messages():
            if event == "trade":
                assert identifier == str(data["sequence"])
                sequences.append(data["sequence"])
            if len(sequences) == count:
                break
        return sequences


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    limits = {
        "DATABASE_POOL_SIZE": "2", "FEED_LISTENERS": str(LISTENERS), "FEED_LISTENERS_PER_CLIENT": str(OF_ONE_CLIENT),
    }  # fmt: skip
    with served(tmp_path_factory.mktemp("web") / "log", **limits) as web:
        yield web


@contextmanager
def served(log: Path, **variables: str) -> Iterator[Web]:
    web = FeedProcess(log, workers=1, **{"PGAPPNAME": NAME, **variables})
    try:
        web.wait_until_it_answers()
        yield web
    finally:
        web.close()


def sessions() -> list[int]:
    """The database sessions of the process that serves the feed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s", [NAME]
        )
        return [pid for (pid,) in cursor.fetchall()]


def end_sessions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = %s",
            [NAME],
        )


def watches() -> bool:
    """Whether the process has read books within the last half second."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s "
            "AND query LIKE '%%pricelevel%%' AND query_start > clock_timestamp() - interval '0.5 s')",
            [NAME],
        )
        return bool(cursor.fetchone()[0])


def test_a_listener_gets_the_book_as_it_stands(web: Web) -> None:
    a_book()
    with Listener.seated(web) as listener:
        assert listener.status == 200
        assert listener.response.headers["Content-Type"] == "text/event-stream"
        assert listener.response.headers["Cache-Control"] == "no-store"
        assert listener.response.readline() == b"retry: 1000\n"
        event, identifier, data = next(listener.messages())
    assert (event, identifier) == ("book", "0")
    assert data == {"symbol": SYMBOL, "currency": "USD", "snapshot": True, "buy": BUY, "sell": SELL}


def test_then_only_levels_that_changed_and_those_that_went_as_empty(web: Web) -> None:
    _, bought, sold, _ = a_book()
    with Listener.seated(web) as listener:
        listener.next()
        change(bought, amount=7)
        assert listener.next() == {
            "symbol": SYMBOL, "currency": "USD", "snapshot": False,
            "buy": [{"price": 21, "amount": 7, "orders": 1}], "sell": [],
        }  # fmt: skip
        remove(sold)
        data = listener.next()
    assert (data["buy"], data["sell"]) == ([], [{"price": 25, "amount": 0, "orders": 0}])


def test_a_listener_sees_as_deep_as_it_asked(web: Web) -> None:
    best, *_ = a_book()
    with Listener.seated(web, query="?depth=1") as narrow, Listener.seated(web, query="?depth=100") as wide:
        assert narrow.next()["buy"] == BUY[:1]
        assert wide.next()["buy"] == BUY
        a_book_order(amount=1, price=22)
        assert wide.next()["buy"] == [{"price": 22, "amount": 1, "orders": 1}]
        remove(best)
        gone = {"price": 20, "amount": 0, "orders": 0}
        assert wide.next()["buy"] == [gone]
        assert narrow.next()["buy"] == [gone, BUY[1]]


def test_a_trade_is_told_with_its_fills_and_without_a_name(web: Web) -> None:
    a_book(a_client("Seller"))
    with Listener.seated(web) as listener:
        listener.next()
        trade = a_trade(amount=22, client_ref="secret-ref")
        told = listener.next("trade")
        left = listener.next()
    assert told.pop("created_at").startswith(trade.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f"))
    assert told == {
        "sequence": trade.sequence, "symbol": SYMBOL, "side": "Buy", "amount": 22, "total": 442, "currency": "USD",
        "average": {"price": 20, "remainder": 2, "exact": "221/11"},
        "fills": [{"amount": 20, "price": 20}, {"amount": 2, "price": 21}], "further_fills": 0,
    }  # fmt: skip
    assert left["buy"] == [{"price": 20, "amount": 0, "orders": 0}, {"price": 21, "amount": 8, "orders": 1}]


def test_of_a_trade_with_very_many_fills_the_first_are_told_and_the_rest_counted(web: Web) -> None:
    seller = a_client()
    for _ in range(MOST_FILLS + 3):
        a_book_order(seller, amount=1)
    with Listener.seated(web) as listener:
        listener.next()
        a_trade(amount=MOST_FILLS + 3)
        told = listener.next("trade")
    assert (len(told["fills"]), told["further_fills"]) == (MOST_FILLS, 3)


def test_every_trade_of_many_threads_comes_once_and_in_order(web: Web) -> None:
    a_book_order(amount=100_000)
    buyers = [a_client() for _ in range(4)]
    with Listener.seated(web) as first, Listener.seated(web) as second:
        first.next()
        second.next()
        placed = race([lambda buyer=buyer: a_trade(buyer) for buyer in buyers * 50], threads=8)  # type: ignore[misc]
        sequences = sorted(trade.sequence for trade in placed if isinstance(trade, Trade))
        assert len(sequences) == 200
        assert first.trades(200) == sequences
        assert second.trades(200) == sequences
        last = a_trade()
        assert first.trades(1) == [last.sequence]


@pytest.mark.parametrize("by", ["header", "query", "both"])
def test_a_listener_that_comes_back_gets_every_trade_that_it_missed(web: Web, by: str) -> None:
    a_book_order(amount=100)
    placed = [a_trade().sequence for _ in range(5)]
    query = {"header": "", "query": f"?last_event_id={placed[1]}", "both": "?last_event_id=1"}[by]
    with Listener.seated(web, query=query, last="" if by == "query" else placed[1]) as listener:
        event, identifier, _ = next(listener.messages())
        assert (event, identifier) == ("book", str(placed[1]))
        assert listener.trades(3) == placed[2:]
        new = a_trade().sequence
        assert listener.trades(1) == [new]


def test_a_listener_that_broke_off_before_any_trade_knows_where_it_was(web: Web) -> None:
    a_book_order(amount=100)
    a_trade()
    with Listener.seated(web) as listener:
        _, identifier, _ = next(listener.messages())
    missed = [a_trade().sequence for _ in range(2)]
    with Listener.seated(web, last=identifier) as listener:
        assert listener.trades(2) == missed


@pytest.mark.slow
def test_a_listener_that_missed_too_much_is_told_of_the_gap_and_gets_the_newest(web: Web) -> None:
    a_book_order(amount=10_000)
    buyers = [a_client() for _ in range(4)]
    race([lambda buyer=buyer: a_trade(buyer) for buyer in buyers * (MOST_TRADES // 4 + 2)], threads=4)  # type: ignore[misc]
    sequences = list(Trade.objects.order_by("sequence").values_list("sequence", flat=True))
    first_kept = len(sequences) - MOST_TRADES
    with Listener.seated(web, query=f"?last_event_id={sequences[0]}") as listener:
        listener.next()
        assert listener.next("gap") == {"symbol": SYMBOL, "after": sequences[0], "until": sequences[first_kept - 1]}
        assert listener.trades(MOST_TRADES) == sequences[first_kept:]
    with Listener.seated(web, query=f"?last_event_id={sequences[first_kept - 1]}") as listener:
        listener.next()
        assert next(listener.messages())[0] == "trade"


def test_no_listener_holds_a_database_connection(web: Web) -> None:
    an_instrument()
    with several(web, LISTENERS):  # The process has two: one watches, the other one is for all requests.
        assert len(sessions()) <= 2
        wait_until(watches)
    wait_until(lambda: not watches())


@pytest.mark.slow
def test_killed_database_sessions_cost_no_trade_and_no_listener(web: Web) -> None:
    a_book_order(amount=100)
    with Listener.seated(web) as listener:
        listener.next()
        end_sessions()
        placed = [a_trade().sequence for _ in range(3)]
        assert listener.trades(3) == placed
        end_sessions()
        last = a_trade()
        assert listener.trades(1) == [last.sequence]


def test_a_client_has_so_many_listeners_and_the_process_so_many_in_all(web: Web) -> None:
    an_instrument()
    client = a_client()
    with several(web, OF_ONE_CLIENT, client):
        refused = Listener(web, client)
        assert (refused.status, refused.response.headers["Retry-After"]) == (429, "5")
        assert orjson.loads(refused.response.read())["code"] == "too_many_listeners"
        with several(web, LISTENERS - OF_ONE_CLIENT):
            refused = Listener(web)
            assert (refused.status, refused.response.headers["Retry-After"]) == (503, "5")
            assert orjson.loads(refused.response.read())["code"] == "feed_full"


def test_a_listener_that_has_gone_gives_its_seat_back(web: Web) -> None:
    an_instrument()
    client = a_client()
    for _ in range(2):
        with several(web, OF_ONE_CLIENT, client):  # The second time, in the seats of the first.
            assert Listener(web, client).status == 429


def test_silence_is_broken_by_comments_and_a_long_connection_ends(
    django_db_setup: None, transactional_db: None, tmp_path: Path
) -> None:
    an_instrument()
    with served(tmp_path / "log", FEED_HEARTBEAT="0.2", FEED_LIFETIME="2") as web, Listener(web) as listener:
        listener.next()
        rest = list(listener.messages())
    assert 3 <= len(rest) <= 10
    assert set(rest) == {("", "", "")}


def test_feeds_end_with_their_process(django_db_setup: None, transactional_db: None, tmp_path: Path) -> None:
    an_instrument()
    with served(tmp_path / "log", FEED_LISTENERS="9") as web, several(web, 8) as listeners:
        began = time.monotonic()
        web.stop()
        assert time.monotonic() - began < 5
        assert [list(listener.messages()) for listener in listeners] == [[]] * 8
        assert not (tmp_path / "log").read_text()


def test_refusals_come_before_the_stream() -> None:
    a_book()
    trader, path = a_trader(), f"/api/v1/book/{SYMBOL}/feed/"
    assert Browser().get(path).status_code == 401
    assert read(a_trader(scopes=["book:trade"]).get(path), 403)["missing_scope"] == "book:read"
    assert read(trader.get("/api/v1/book/NONE/feed/"), 404)["code"] == "not_found"
    assert read(trader.get("/api/v1/book/NONE/feed/?depth=0"), 404)["code"] == "not_found"
    assert trader.get(path, accept="image/png").status_code == 406
    for query in ("?x=1", "?depth=0", "?depth=101", "?depth=ten", "?last_event_id=-1", "?last_event_id=x"):
        assert read(trader.get(path + query), 400)["errors"][0]["pointer"] == query.partition("=")[0]
    assert read(trader.get(path, last_event_id="9" * 30), 400)["errors"][0]["pointer"] == "Last-Event-ID"


def test_the_web_serves_no_feed() -> None:
    a_book()
    refused = read(a_trader().get(f"/api/v1/book/{SYMBOL}/feed/"), 421)
    assert refused["code"] == "feed_elsewhere"
    assert "proxy" in refused["unblock"]


def test_head_tells_the_kind_of_the_answer() -> None:
    a_book()
    response = a_trader().send("HEAD", f"/api/v1/book/{SYMBOL}/feed/")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/event-stream")


@contextmanager
def several(web: Web, count: int, client: Client | None = None) -> Iterator[list[Listener]]:
    """Listeners that all have their snapshot."""
    listeners = [Listener.seated(web, client) for _ in range(count)]
    try:
        for listener in listeners:
            listener.next()
        yield listeners
    finally:
        for listener in listeners:
            listener.close()
