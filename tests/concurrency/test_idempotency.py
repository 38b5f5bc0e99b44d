"""A retried request acts once, however many clients send it at once and whatever dies meanwhile."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import pytest
from django.db import connection

from core.models import IdempotencyRecord
from orders.models import Order
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import assert_everything_adds_up, stock
from tests.web import APPLICATION_NAME, Shopper, Web

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = [f"order-{n}" for n in range(20)]
CLIENTS = 20
UNITS = 10_000
_TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s AND xact_start < clock_timestamp() - interval '2 ms'
"""


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    web = Web(tmp_path_factory.mktemp("web") / "log")
    web.wait_until_it_answers()
    yield web
    web.close()


@pytest.fixture
def shopper(web: Web) -> Shopper:
    stock_up({"MUG": UNITS})
    return Shopper(web, a_client())


def basket(key: str) -> dict[str, object]:
    return {"currency": "EUR", "lines": [{"sku": "MUG", "quantity": 1}], "email": f"{key}@example.com"}


def all_at_once(act: Callable[[int, str], bytes]) -> dict[str, set[bytes]]:
    """Every client sends every key, all in the same order; the different bodies that each key was answered with."""
    line = threading.Barrier(CLIENTS)

    def run(number: int) -> list[tuple[str, bytes]]:
        line.wait(30)
        return [(key, act(number, key)) for key in KEYS]

    answers: defaultdict[str, set[bytes]] = defaultdict(set)
    with ThreadPoolExecutor(CLIENTS) as pool:
        for answered in pool.map(run, range(CLIENTS)):
            for key, body in answered:
                answers[key].add(body)
    return answers


def assert_one_order_for_each_key(answers: dict[str, set[bytes]]) -> None:
    assert {key: len(bodies) for key, bodies in answers.items()} == dict.fromkeys(KEYS, 1)
    answered = {orjson.loads(body)["id"]: key for key, (body,) in answers.items()}
    placed = Order.objects.values_list("pk", "email")
    assert {str(pk): email for pk, email in placed} == {pk: f"{key}@example.com" for pk, key in answered.items()}
    assert IdempotencyRecord.objects.count() == len(KEYS)
    assert stock() == {"MUG": (UNITS, len(KEYS))}
    assert_everything_adds_up()


def test_twenty_clients_with_twenty_keys_place_twenty_orders(shopper: Shopper) -> None:
    answers = all_at_once(lambda _number, key: shopper.place(key, basket(key)))

    assert_one_order_for_each_key(answers)
    assert set(shopper.met) <= {201, 409}
    assert shopper.met[201] == CLIENTS * len(KEYS)


def test_twenty_orders_are_placed_while_database_sessions_are_killed_at_work(shopper: Shopper) -> None:
    with killing_sessions(seconds=3) as killed:
        answers = all_at_once(lambda _number, key: shopper.place(key, basket(key)))

    assert len(killed) > 0
    assert set(shopper.met) <= {201, 409, 503}
    assert_one_order_for_each_key(answers)


def test_control_without_a_key_of_its_own_each_attempt_places_an_order(shopper: Shopper) -> None:
    all_at_once(lambda number, key: shopper.place(f"{key}-{number}", basket(key)))

    assert Order.objects.count() > len(KEYS)


@contextmanager
def killing_sessions(seconds: float) -> Iterator[list[int]]:
    """Terminate the web's sessions that are in a transaction, again and again; yields how many each time."""
    killed: list[int] = []
    stop = time.monotonic() + seconds

    def run() -> None:
        with connection.cursor() as cursor:
            while time.monotonic() < stop:
                cursor.execute(_TERMINATE, [APPLICATION_NAME])
                killed.extend(count for (count,) in cursor.fetchall() if count)
                time.sleep(0.02)
        connection.close()

    killer = threading.Thread(target=run)
    killer.start()
    yield killed
    killer.join()
