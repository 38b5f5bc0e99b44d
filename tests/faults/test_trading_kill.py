"""Kill -9 in the middle of trades: every acknowledged one is there with its fills, amounts before less fills are the
amounts after, and a repeated reference acted once."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from django.db import connection

from core.clients import issue_key
from core.embedded import locks
from core.embedded.postgres import Postgres
from tests.core.children import ROOT, environment, wait_until
from tests.factories.core import a_client
from tests.factories.trading import ACTOR, SCOPES
from tests.web import APPLICATION_NAME, Web, send

ORDERS, AMOUNT = 60, 40
THREADS, TRADES = 6, 40
PATIENCE = 60
"""Seconds until a trade must be acknowledged, on a busy machine too."""

Offer = tuple[str, int, int]
"""(id, amount, price)."""


class Desk:
    """One client's program. It sends a trade until that is acknowledged, with its reference but under a new key each
    time, so that the reference alone is what keeps it from acting twice."""

    def __init__(self, web: Web, token: str) -> None:
        self._web = web
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._lock = threading.Lock()
        self.met: Counter[int | str] = Counter()
        self.acknowledged: dict[str, dict[str, Any]] = {}

    def add(self, offer: Offer) -> None:
        ref, amount, price = offer
        status, body = self._post(
            "/api/v1/book/orders/", {"id": ref, "symbol": "JPM", "side": "Buy", "amount": amount, "price": price}
        )
        assert status == 201, body

    def trade(self, client_ref: str, amount: int) -> None:
        body = {"side": "Buy", "amount": amount, "client_ref": client_ref}
        while True:
            status, answer = self._post("/api/v1/book/JPM/trades/", body)
            with self._lock:
                self.met[status or "broken"] += 1
            if status == 201:
                self.acknowledged[client_ref] = orjson.loads(answer)
                return
            assert status in {0, 503}, answer

    def trade_many(self, number: int) -> None:
        draw = random.Random(number)  # noqa: S311
        for turn in range(TRADES):
            self.trade(f"{number}-{turn}", draw.randint(1, 9))

    def _post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """(status, body) of one attempt; 0 when the connection broke."""
        try:
            headers = {**self._headers, "Idempotency-Key": str(uuid4())}
            return send(self._web.port, "POST", path, orjson.dumps(body), headers)
        except (OSError, HTTPException):
            return 0, b""


@contextmanager
def under_load(desk: Desk) -> Iterator[Callable[[], None]]:
    """Trades all the while; yields what waits for some more of them."""

    def wait_for_more() -> None:
        enough = len(desk.acknowledged) + 30
        wait_until(lambda: len(desk.acknowledged) >= enough, PATIENCE)

    with ThreadPoolExecutor(THREADS) as pool:
        desks = [pool.submit(desk.trade_many, number) for number in range(THREADS)]
        yield wait_for_more
        for each in desks:
            each.result(3 * PATIENCE)


def offers() -> list[Offer]:
    """More than all trades can want."""
    return [(f"B{n}", AMOUNT, 20 + n // 7) for n in range(ORDERS)]


def assert_nothing_is_lost_or_doubled(desk: Desk, before: list[Offer], url: str) -> None:
    with psycopg.connect(url) as database:
        trades: dict[str, str] = dict(database.execute("SELECT client_ref, id::text FROM trading_trade").fetchall())
        assert trades == {ref: told["id"] for ref, told in desk.acknowledged.items()}
        assert len(trades) == THREADS * TRADES
        fills: dict[str, list[tuple[str, int, int]]] = {trade: [] for trade in trades.values()}
        for trade, ref, amount, price in database.execute(
            "SELECT f.trade_id::text, o.ref, f.amount, f.price FROM trading_fill f "
            "JOIN trading_bookorder o ON o.id = f.order_id ORDER BY f.trade_id, f.position"
        ):
            fills[trade].append((ref, amount, price))
        for told in desk.acknowledged.values():
            assert [(each["order_id"], each["amount"], each["price"]) for each in told["fills"]] == fills[told["id"]]
        taken: Counter[str] = Counter()
        for of_one in fills.values():
            for ref, amount, _ in of_one:
                taken[ref] += amount
        after: dict[str, int] = dict(database.execute("SELECT ref, amount FROM trading_bookorder").fetchall())
        assert {ref: amount - taken[ref] for ref, amount, _ in before} == after
        assert sum(amount for _, amount, _ in before) - sum(taken.values()) == sum(after.values())
        told_of = database.execute("SELECT count(*) FROM core_event WHERE type = 'trade.placed'").fetchone()
        assert told_of == (len(trades),)
        gaps = database.execute(
            "SELECT count(*) FROM trading_bookorder o "
            "WHERE o.version <> (SELECT count(*) FROM core_event e WHERE e.subject_id = o.id)"
        ).fetchone()
        assert gaps == (0,)
    printed = manage(url, "verify_book")
    assert printed == f"{ORDERS} book orders, {len(trades)} trades, 0 units off, 0 cents off"


def manage(url: str, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment(DATABASE_URL=url, LOG_LEVEL="ERROR"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_no_acknowledged_trade_is_lost_or_doubled_when_the_web_is_killed(
    transactional_db: None, tmp_path: Path
) -> None:
    web = Web(tmp_path / "log", workers=3)
    try:
        desk = Desk(web, issue_key(a_client().pk, scopes=SCOPES, actor=ACTOR)[1])
        web.wait_until_it_answers()
        for offer in offers():
            desk.add(offer)

        with under_load(desk) as wait_for_more:
            wait_for_more()
            web.kill_workers()
            wait_for_more()
            web.kill()
            web.start()
            wait_for_more()
            web.kill_workers()

        assert desk.met["broken"] > 0
        assert_nothing_is_lost_or_doubled(desk, offers(), environment()["DATABASE_URL"])
    finally:
        web.close()


def test_no_acknowledged_trade_is_lost_or_doubled_when_sessions_of_the_database_are_ended(
    transactional_db: None, tmp_path: Path
) -> None:
    web = Web(tmp_path / "log", workers=3)
    try:
        desk = Desk(web, issue_key(a_client().pk, scopes=SCOPES, actor=ACTOR)[1])
        web.wait_until_it_answers()
        for offer in offers():
            desk.add(offer)

        ended = 0
        with under_load(desk) as wait_for_more:
            for _ in range(4):
                wait_for_more()
                ended += end_sessions_at_work()

        assert ended > 0
        assert_nothing_is_lost_or_doubled(desk, offers(), environment()["DATABASE_URL"])
    finally:
        web.close()


def end_sessions_at_work() -> int:
    """Those of the web that are inside a transaction; waits for some."""

    def end() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = %s AND datname = current_database() AND xact_start IS NOT NULL",
                [APPLICATION_NAME],
            )
            return int(cursor.fetchone()[0])

    ended = 0

    def some() -> bool:
        nonlocal ended
        ended = end()
        return ended > 0

    wait_until(some, PATIENCE)
    return ended


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL server of the test's own, with the product's tables."""
    server = Postgres(tmp_path / "postgresql")
    server.ensure()
    manage(server.url, "migrate", "--verbosity", "0")
    yield server
    server.stop()


def test_no_acknowledged_trade_is_lost_or_doubled_when_the_database_server_is_killed(
    own_database: Postgres, tmp_path: Path
) -> None:
    url = own_database.url
    key = manage(url, "create_api_key", "--client", "Desk", "--scopes", ",".join(SCOPES)).splitlines()[-1]
    web = Web(tmp_path / "log", workers=3, DATABASE_URL=url)
    try:
        desk = Desk(web, key)
        web.wait_until_it_answers()
        for offer in offers():
            desk.add(offer)

        with under_load(desk) as wait_for_more:
            for _ in range(2):
                wait_for_more()
                kill_all_of(own_database)
                own_database.ensure()
            wait_for_more()

        assert own_database.url == url
        assert desk.met["broken"] + desk.met[503] > 0
        assert_nothing_is_lost_or_doubled(desk, offers(), url)
        log = own_database.log.read_text()
        assert len(re.findall("automatic recovery in progress", log)) == 2
    finally:
        web.close()


def kill_all_of(server: Postgres) -> None:
    """kill -9 of the postmaster and of every session at once, as when the machine loses its power."""
    locks.signal_holders(server.lock, signal.SIGKILL)
    wait_until(lambda: not server.is_running(), PATIENCE)
