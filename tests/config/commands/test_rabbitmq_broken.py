"""A broker that goes away, and a consumer that does."""

from __future__ import annotations

import functools
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from urllib.parse import urlsplit

import pytest

from config.commands import rabbitmq
from config.commands.consuming import LineLost, settle, take_commands
from config.commands.rabbitmq import RabbitLine, connect
from config.commands.working import work_on
from core.models import Client
from core.stopping import Stop
from orders.models import Order
from tests.config.commands.conftest import SCOPES, Sender
from tests.core.children import ROOT, environment, wait_until
from tests.factories.core import a_key
from tests.factories.inventory import stock_up
from tests.factories.orders import assert_everything_adds_up, stock
from tests.proxy import Proxy

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 3}]}


@pytest.fixture
def proxy(broker: str) -> Iterator[Proxy]:
    address = urlsplit(broker)
    with Proxy(str(address.hostname), address.port or 5672) as proxy:
        yield proxy


@pytest.fixture
def sender(broker: str, prefix: str, storefront: Client) -> Iterator[Sender]:
    with connect(broker, prefix, Stop()):  # the queues are there
        sender = Sender(broker, prefix, a_key(storefront, SCOPES)[1])
    yield sender
    sender.close()


def test_a_broken_connection_has_the_command_delivered_again_and_the_reply_is_the_same(
    broker: str, prefix: str, proxy: Proxy, sender: Sender
) -> None:
    stock_up({"A": 5})
    with connect(proxy.in_front_of(broker), prefix, Stop()) as line:
        sender.send("order.create", "r-1", data=ORDER)
        message = line.next()
        assert message is not None
        outcome = work_on(message)
        proxy.break_connections()
        with pytest.raises(LineLost):
            settle(line, message, outcome)
    with connect(proxy.in_front_of(broker), prefix, Stop()) as line:
        again = line.next()
        assert again is not None
        assert (again.earlier, work_on(again)) == (1, outcome)
        settle(line, again, outcome)
    assert (sender.reply()["status"], Order.objects.count(), sender.waiting()) == (201, 1, 0)
    assert stock() == {"A": (5, 3)}


def test_the_consumer_finds_its_way_back_to_the_broker_until_it_is_asked_to_stop(
    broker: str, prefix: str, proxy: Proxy, sender: Sender
) -> None:
    stop, told = Stop(), []

    def ask_and_break() -> None:
        try:
            for number in range(2):
                sender.send("order.list", f"r-{number}", queue="order_requests")
                told.append(sender.wait_for_reply()["status"])
                proxy.break_connections()
        finally:
            stop.ask()

    client = threading.Thread(target=ask_and_break)
    client.start()
    take_commands(functools.partial(connect, proxy.in_front_of(broker), prefix), stop)
    client.join(10)
    assert told == [200, 200]


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_a_connection_outlives_a_command_that_takes_longer_than_its_heartbeat_because_it_is_kept(
    broker: str, prefix: str, sender: Sender, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """Without what keeps it, the broker ends it: the control."""
    monkeypatch.setattr(rabbitmq, "HEARTBEAT", 1)
    if not kept:
        monkeypatch.setattr(RabbitLine, "keep_alive", lambda *_: None)
    with connect(broker, prefix, Stop()) as line:
        sender.send("order.list", "r-1")
        message = line.next()
        assert message is not None
        Stop().wait(5)
        if kept:
            line.done(message)
        else:
            with pytest.raises(LineLost):
                line.bury(message, "to be read by nobody")
    assert sender.waiting() == (0 if kept else 1)
    sender.drop_all()


class Consumer:
    """`manage.py take_commands` beside the test, on its database."""

    def __init__(self, url: str, prefix: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "take_commands"],
            cwd=ROOT,
            env=environment(COMMANDS_QUEUE_URL=url, COMMANDS_QUEUE_PREFIX=prefix, LOG_LEVEL="ERROR"),
        )

    def __enter__(self) -> Consumer:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(10)


def test_a_consumer_that_is_asked_to_end_settles_the_command_at_work_and_takes_no_other(
    broker: str, prefix: str, proxy: Proxy, sender: Sender
) -> None:
    stock_up({"A": 6})
    with Consumer(proxy.in_front_of(broker), prefix) as consumer:
        wait_until(lambda: sender.consumers() == 1)
        proxy.hold_what_clients_send()
        sender.send("order.create", "r-1", data=ORDER)
        sender.send("order.create", "r-2", data=ORDER)
        wait_until(Order.objects.exists)
        consumer.process.send_signal(signal.SIGTERM)
        proxy.let_pass()
        assert consumer.process.wait(20) == 0
    assert (sender.reply()["request_id"], Order.objects.count(), sender.waiting()) == ("r-1", 1, 1)
    assert not sender.has_reply()
    sender.drop_all()


@pytest.mark.slow
def test_a_consumer_killed_between_the_commit_and_the_reply_leaves_the_command_to_another_which_acts_no_more(
    broker: str, prefix: str, proxy: Proxy, sender: Sender
) -> None:
    stock_up({"A": 6})
    with Consumer(proxy.in_front_of(broker), prefix) as consumer:
        wait_until(lambda: sender.consumers() == 1)
        proxy.hold_what_clients_send()
        sender.send("order.create", "r-1", data=ORDER)
        wait_until(Order.objects.exists)
        assert not sender.has_reply()
        consumer.process.kill()
    proxy.break_connections()
    with Consumer(broker, prefix):
        told = sender.wait_for_reply()
        sender.send("order.create", "r-1", data=ORDER)
        assert sender.wait_for_reply() == told
        wait_until(lambda: sender.waiting() == 0)
    assert (told["status"], told["body"]["id"]) == (201, str(Order.objects.get().pk))
    assert stock() == {"A": (6, 3)}
    assert_everything_adds_up()
