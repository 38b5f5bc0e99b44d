"""A relay that is killed with SIGKILL at each step of a call to the gateway, in every flow: as it asks, once it is done
and nobody was told, and as it hears the answer. The sweeper finds what is left, and both sides agree."""

from __future__ import annotations

import datetime as dt
import http.server
import itertools
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import transaction
from django.utils import timezone

from deploy.fakes.gateway import FakeGateway
from orders.models import Order
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.sending import sweep_attempts
from orders.payments.statuses import AttemptState
from tests.core.children import ROOT, environment
from tests.factories.gateways import a_gateway, settings_of
from tests.factories.orders import a_placed_order, assert_everything_adds_up
from tests.factories.watching import as_superuser
from tests.orders.payments.test_crashes import FLOWS, both_sides_agree

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ASKED, DONE, ANSWERED = STEPS = ("as it asks", "once it is done", "as it hears the answer")


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_gateway() as running:
        yield running


class Wire:
    """Between a relay and its gateway: kills the relay at one step of its first call."""

    def __init__(self, gateway: FakeGateway, step: str) -> None:
        self.gateway, self.step = gateway, step
        self.relay: subprocess.Popen[bytes] | None = None
        self.cut = threading.Event()

    def pass_on(self, path: str, body: bytes) -> bytes:
        request = urllib.request.Request(self.gateway.url + path, data=body, method="PUT")  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bytes(answer.read())

    def kill(self) -> None:
        assert self.relay is not None
        self.relay.kill()
        self.cut.set()


@contextmanager
def wired(wire: Wire) -> Iterator[str]:
    """The address at which the relay finds the gateway."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if wire.step == ASKED:
                return wire.kill()
            answer = wire.pass_on(self.path, body)
            if wire.step == DONE:
                return wire.kill()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            return wire.kill()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the framework's own name
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def killed_at(step: str, gateway: FakeGateway, folder: Path) -> None:
    """A relay in a process of its own hands over what there is, until it is killed at that step of a call."""
    wire = Wire(gateway, step)
    with wired(wire) as url:
        fake = {**settings_of(gateway)["fake"], "url": url}
        wire.relay = subprocess.Popen(
            [sys.executable, "-m", "tests.core.relay_child", "once", str(folder)],
            cwd=ROOT,
            env=environment(PAYMENT_GATEWAYS=orjson.dumps({"fake": fake}).decode()),
        )
        assert wire.cut.wait(60)
        assert wire.relay.wait(10) == -9


def swept(order: Order) -> None:
    """As time goes by: what nobody heard of for a while is asked about, and so is whatever follows of it."""
    while waiting := PaymentAttempt.objects.filter(payment__order=order, status=AttemptState.REQUESTED).count():
        with transaction.atomic(), as_superuser():
            long_ago = timezone.now() - dt.timedelta(hours=1)
            PaymentAttempt.objects.filter(payment__order=order).update(created_at=long_ago)
        assert sweep_attempts() == waiting


@pytest.mark.parametrize(("flow", "step"), list(itertools.product(FLOWS, STEPS)))
def test_a_relay_that_is_killed_charges_once(flow: str, step: str, gateway: FakeGateway, tmp_path: Path) -> None:
    order = a_placed_order()
    FLOWS[flow].ask(order)
    killed_at(step, gateway, tmp_path)
    swept(order)
    payment = Payment.objects.get(order=order)
    assert (payment.status, payment.authorised, payment.captured, payment.refunded) == FLOWS[flow].ends
    both_sides_agree(payment, gateway)
    assert_everything_adds_up()
