"""Kill -9 and a broker that forgets: what was acknowledged is there, with every effect, and the ledgers add up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sized
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
import redis
from django.core.management import call_command
from django.db.models import Count

from core.lanes import LANES, MAIL
from core.models import Delivery, DeliveryStatus, Message, MessageStatus, OutboxEntry
from core.relay import run_relay
from core.wakeups import HINT_INTERVAL
from deploy.local.valkey import Valkey
from orders.actions import place_order, release_order
from orders.models import Order
from shipping.models import Shipment
from tests.core.children import ROOT, environment, wait_until
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order, stock
from tests.web import Shopper, Web

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 30
"""Seconds after a kill within which every effect is there."""

PATIENCE = 20
"""Seconds that a busy machine may take for what comes before."""


class Worker:
    """The product's Celery worker of all lanes with its scheduler, in a session of its own."""

    def __init__(self, folder: Path, broker: str, **variables: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._variables = {
            "CELERY_BROKER_URL": broker, "EMAIL_URL": f"filemail:///{folder / 'mail'}", "LOG_LEVEL": "ERROR",
            **variables,
        }  # fmt: skip

    def start(self) -> None:
        celery = [
            sys.executable,
            "-m",
            "celery",
            "--quiet",
            "--app",
            "config",
            "worker",
            "--concurrency",
            str(sum(lane.concurrency for lane in LANES if not lane.threaded)),
            "--beat",
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*celery, "--schedule", str(self._folder / "schedule"), "--loglevel", "WARNING"],
                cwd=ROOT,
                env=environment(**self._variables),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        return self._folder / "worker.log"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        if self._process is not None and self.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def message_ids(self) -> Counter[str]:
        """Of all e-mails that left."""
        mails = (self._folder / "mail").glob("*")
        return Counter(found for mail in mails for found in re.findall(r"^Message-ID: (\S+)", mail.read_text(), re.M))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    broker = Valkey(tmp_path_factory.mktemp("broker") / "valkey")
    broker.ensure()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def web(django_db_setup: None, broker: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("web") / "log"
    web = Web(log, workers=2, RELAY_HINTS="true", CELERY_BROKER_URL=broker.url)
    yield web
    web.close()


@pytest.fixture
def worker(tmp_path: Path, broker: Valkey, transactional_db: None) -> Iterator[Worker]:
    worker = Worker(tmp_path, broker.url)
    yield worker
    worker.kill()


def test_a_worker_killed_again_and_again_at_work_delivers_every_event_and_acts_once(worker: Worker) -> None:
    orders = released_orders(100)
    worker.start()
    for deaths in (1, 2):
        wait_until_delivered(delivered() + 10)
        worker.kill()
        assert delivered() < 2 * orders, f"all was over before death {deaths}"
        worker.start()

    wait_until(lambda: everything_is_delivered(2 * orders), WITHIN)
    assert Shipment.objects.values("order").annotate(count=Count("id")).filter(count=1).count() == orders
    assert Message.objects.filter(kind="order_confirmed", status=MessageStatus.SENT).count() == orders
    assert len(worker.message_ids()) == orders
    # A copy for each death between sending and the mark, of which as many may be under way as the lane has places.
    assert worker.message_ids().total() <= orders + 2 * MAIL.concurrency
    assert_everything_adds_up()


def test_no_acknowledged_order_is_lost_when_the_web_is_killed_under_load(web: Web) -> None:
    stock_up({"MUG": 1_000})
    shopper = Shopper(web, a_client())
    acknowledged: dict[str, str] = {}

    def shop(number: int) -> None:
        for turn in range(25):
            key = f"{number}-{turn}"
            acknowledged[key] = orjson.loads(shopper.place(key, basket(key)))["id"]

    with ThreadPoolExecutor(8) as pool:
        shoppers = [pool.submit(shop, number) for number in range(8)]
        for kill in (web.kill_workers, web.kill):
            wait_for_more(acknowledged, 40)
            kill()
            if kill == web.kill:
                web.start()
        for each in shoppers:
            each.result(60)

    assert shopper.met["broken"] > 0
    assert set(shopper.met) <= {201, 409, "broken"}
    assert {f"{key}@example.com": pk for key, pk in acknowledged.items()} == {
        email: str(pk) for email, pk in Order.objects.values_list("email", "pk")
    }
    assert stock() == {"MUG": (1_000, 8 * 25)}
    assert_everything_adds_up()
    call_command("verify")
    run_relay(linger=0.5)
    assert everything_is_delivered(8 * 25)
    assert Message.objects.filter(status=MessageStatus.SENT).count() == 8 * 25


def test_all_effects_come_with_the_sweep_when_the_broker_forgot_every_hint(
    web: Web, worker: Worker, broker: Valkey
) -> None:
    stock_up({"MUG": 1_000})
    shopper = Shopper(web, a_client())
    time.sleep(HINT_INTERVAL)  # since whatever the web hinted at before
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()
        place_some(shopper, 20)
        assert client.llen("handlers") > 0, "no hint was left"
        client.flushall()

    worker.start()
    wait_until(lambda: everything_is_delivered(20), WITHIN)

    with forgetting(broker):  # The same under a worker that is at work.
        place_some(shopper, 40)
    wait_until(lambda: everything_is_delivered(60), WITHIN)
    assert Counter(worker.message_ids().values()) == {1: 60}
    assert shopper.met == {201: 60}
    assert_everything_adds_up()


def place_some(shopper: Shopper, count: int) -> None:
    for _ in range(count):
        shopper.place(str(uuid4()), basket("ann"))


def basket(key: str) -> dict[str, object]:
    return {"currency": "EUR", "lines": [{"sku": "MUG", "quantity": 1}], "email": f"{key}@example.com"}


def released_orders(count: int) -> int:
    """Each owes a confirmation and a shipment: two deliveries. Returns how many there are."""
    stock_up({"MUG": count})
    new, client = new_order({"MUG": 1}, payment_terms="on_account"), a_client()
    for _ in range(count):
        release_order(place_order(new, client_id=client.pk, actor=ACTOR).pk, actor=ACTOR)
    return count


def wait_for_more(growing: Sized, count: int) -> None:
    enough = len(growing) + count
    wait_until(lambda: len(growing) >= enough, PATIENCE)


def delivered() -> int:
    return Delivery.objects.filter(status=DeliveryStatus.DONE).count()


def wait_until_delivered(count: int) -> None:
    wait_until(lambda: delivered() >= count, WITHIN)


def everything_is_delivered(count: int) -> bool:
    """`count` deliveries, and no event that still waits to become some."""
    nothing_waits = not OutboxEntry.objects.exists()
    return nothing_waits and delivered() == Delivery.objects.count() == count


@contextmanager
def forgetting(broker: Valkey) -> Iterator[None]:
    """The broker loses everything it has, five times a second."""
    over = threading.Event()

    def run() -> None:
        with redis.Redis.from_url(broker.url) as client:
            while not over.wait(0.2):
                client.flushall()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()
