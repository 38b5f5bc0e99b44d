"""What runs in a run: `up` with brokers of its own, and all whom it talks to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.bench.server import ROOT
from deploy.fakes.gateway import SECRET, FakeGateway
from deploy.fakes.mail_server import MailServer
from deploy.fakes.webhook_receiver import RunningReceiver, running_receiver
from deploy.local import EmbeddedError, ports
from deploy.local.children import die_with_parent
from deploy.local.rabbitmq import PROGRAM, RabbitMQ
from deploy.local.servers import tail
from deploy.local.valkey import Valkey

SINKS_NAME = "faults"
"""Of RabbitMQ's exchange and queue, and of the stream."""
FAILS_FIRST, FAILS_THEN, RECOVERED = "hang", "status/500", "ok"
_READY_WITHIN = 180.0
_PATIENCE, _STOP_WITHIN = 5.0, 60.0


class Receiver:
    """Somebody else's program that is told of events. It can be another one at the same address."""

    def __init__(self, folder: Path, does: str, stack: ExitStack) -> None:
        self._folder, self._secret = folder, ""
        self._life = ExitStack()
        stack.callback(self._life.close)
        self._running = self._start(0, does)

    @property
    def url(self) -> str:
        return f"{self._running.url}/hook"

    def know(self, secret: str) -> None:
        self._secret = secret
        self._running.know(secret)

    def become(self, does: str) -> None:
        port = self._running.port
        self._life.close()
        self._running = self._start(port, does)

    def requests(self) -> list[dict[str, object]]:
        return self._running.requests()

    def _start(self, port: int, does: str) -> RunningReceiver:
        secrets = (self._secret,) if self._secret else ()
        arguments = ("--port", str(port), "--does", does)
        return self._life.enter_context(running_receiver(self._folder, *arguments, secrets=secrets))


@dataclass(frozen=True)
class Beside:
    """All but the product. The last of the receivers is the one that fails."""

    folder: Path
    broker: Valkey
    rabbitmq: RabbitMQ | None
    mail: MailServer
    gateway: FakeGateway
    receivers: Sequence[Receiver]

    @property
    def failing(self) -> Receiver:
        return self.receivers[-1]


@contextmanager
def beside(folder: Path, receivers: int) -> Iterator[Beside]:
    """Without RabbitMQ where it isn't installed."""
    with ExitStack() as stack:
        broker, rabbitmq = Valkey(folder / "broker"), RabbitMQ(folder / "rabbitmq") if PROGRAM.exists() else None
        stack.callback(broker.stop)
        broker.ensure()
        if rabbitmq is not None:
            stack.callback(rabbitmq.stop)
            rabbitmq.start()
        kinds = [RECOVERED] * (receivers - 1) + [FAILS_FIRST]
        told = [Receiver(folder / f"receiver-{number}", does, stack) for number, does in enumerate(kinds, 1)]
        gateway = FakeGateway()
        mail = MailServer()
        if rabbitmq is not None:
            rabbitmq.wait()
        yield Beside(folder, broker, rabbitmq, mail, gateway, told)


def settings(around: Beside, redis: str) -> dict[str, str]:
    """The environment by which the product finds all of it."""
    sinks = {"stream": f"{redis.removesuffix('/0')}/{SINKS_NAME}"}
    if around.rabbitmq is not None:
        sinks["rabbitmq"] = f"{around.rabbitmq.url}{SINKS_NAME}?queue={SINKS_NAME}&mandatory=yes"
    adapter = "orders.payments.gateways.http.HttpGateway"
    return {
        "CELERY_BROKER_URL": around.broker.url,
        "EVENT_SINKS": json.dumps(sinks),
        "EMAIL_URL": f"smtp://127.0.0.1:{around.mail.port}",
        "PAYMENT_GATEWAYS": json.dumps({"fake": {"adapter": adapter, "url": around.gateway.url, "secret": SECRET}}),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "RATE_LIMIT_READ": "",
        "RATE_LIMIT_WRITE": "",
    }


@dataclass(frozen=True)
class Up:
    """A running `./run up`."""

    pid: int
    port: int
    log: Path


@contextmanager
def up(folder: Path, environment: dict[str, str]) -> Iterator[Up]:
    """It finds the embedded servers of this process, and starts them again."""
    log, temporary = folder / "up.log", folder / "tmp"
    temporary.mkdir(exist_ok=True)  # what is killed leaves its temporary files
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    own["TMPDIR"] = str(temporary)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "deploy.local", "--port", str(ports.choose(None))],
            cwd=ROOT, env={**own, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        yield Up(process.pid, _port(process, log), log)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asked a second time it kills what is still at work, which is of no use any more."""
    for within in (_PATIENCE, _STOP_WITHIN):
        process.terminate()
        try:
            process.wait(within)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + _READY_WITHIN
    while (found := re.search(r"Console +http://[^/]+:(\d+)/", log.read_text(errors="replace"))) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(f"up isn't ready; the end of its log:\n{tail(log)}")
        time.sleep(0.1)
    return int(found[1])
