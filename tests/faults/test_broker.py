"""The broker restarts while a worker is at work: the work goes on, and so does the worker."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from core.models import Delivery, Message, MessageStatus
from deploy.fakes.mail_server import MailServer, Manners
from deploy.local.valkey import Valkey
from shipping.models import Shipment
from tests.core.children import wait_until
from tests.faults.test_kill import PATIENCE, WITHIN, Worker, everything_is_delivered, released_orders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SLOW = 6.0
"""Seconds that the mail server takes for each e-mail; the broker is away in the middle of them."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    broker = Valkey(tmp_path / "valkey")
    broker.ensure()
    yield broker
    broker.stop()


def test_a_worker_whose_broker_restarts_ends_what_it_does_and_goes_on(
    broker: Valkey, tmp_path: Path, transactional_db: None
) -> None:
    with MailServer() as server:
        server.manners = Manners(waits={"end": SLOW})
        worker = Worker(tmp_path, broker.url, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", LOG_LEVEL="WARNING")
        worker.start()
        try:
            for orders in (1, 2, 3):
                released_orders(1)
                wait_until(partial(has_received, server, orders), WITHIN)
                restart(broker)
                wait_until(partial(everything_is_delivered, 2 * orders), SLOW + PATIENCE)
                assert worker.is_running, worker.log.read_text()
            assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
        finally:
            worker.kill()
    assert len(server.raw) == Message.objects.filter(status=MessageStatus.SENT).count() == 3
    assert Shipment.objects.count() == 3
    log = worker.log.read_text()
    assert "Connection to broker lost" in log
    assert "AttributeError" not in log
    assert "Traceback" not in log


def has_received(server: MailServer, mails: int) -> bool:
    return len(server.raw) == mails


def restart(broker: Valkey) -> None:
    pid = broker._pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    broker.ensure()
