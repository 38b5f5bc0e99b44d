"""The product's own gunicorn as a process beside the test's, on the test's database, and clients that retry."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import ClassVar

import orjson

from core.actors import Actor
from core.clients import issue_key
from core.models import Client
from tests.core.children import ROOT, environment, wait_until

APPLICATION_NAME = "qm-test-web"
ACTOR = Actor.system("test")


class Web:
    """gunicorn on a socket that the test keeps open: who connects while it is dead waits for the next one."""

    command: ClassVar[Sequence[str]] = ("gunicorn", "--config", "config/gunicorn.py")

    def __init__(self, log: Path, *, workers: int = 4, **variables: str) -> None:
        self._log = log
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._variables = {
            "WEB_CONCURRENCY": str(workers), "PGAPPNAME": APPLICATION_NAME, "RATE_LIMIT_WRITE": "",
            "LOG_LEVEL": "ERROR", **variables,
        }  # fmt: skip
        self.start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        descriptor = self._socket.fileno()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=ROOT,
                env=environment(**self._variables, BIND=f"fd://{descriptor}"),
                stdout=log,
                stderr=log,
                pass_fds=[descriptor],
                start_new_session=True,
            )

    def workers(self) -> list[int]:
        pid = self._process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_workers(self) -> None:
        """kill -9 for the workers alone; gunicorn starts new ones."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    def kill_server(self) -> None:
        """kill -9 for the process that starts the workers."""
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        """SIGTERM, as a deployment stops it, until all of it has ended."""
        self.terminate()
        self.wait_until_it_ended()

    def terminate(self) -> None:
        self._process.terminate()

    def wait_until_it_ended(self) -> None:
        self._process.wait(40)

    def kill(self) -> None:
        """kill -9 for all of it."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def close(self) -> None:
        self.kill()
        self._socket.close()

    def wait_until_it_answers(self) -> None:
        wait_until(self._answers, 60)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with suppress(OSError, HTTPException):
            return send(self.port, "GET", "/health/live", timeout=2)[0] == 200
        return False


class FeedProcess(Web):
    """The process that serves streams, on such a socket."""

    command = ("config.feed",)


class Shopper:
    """One storefront's program. It sends each request until that is done, under one key, as docs/api.md says."""

    def __init__(self, web: Web, client: Client) -> None:
        self._web = web
        self._headers = {
            "Authorization": f"Bearer {issue_key(client.pk, scopes=('orders:read', 'orders:write'), actor=ACTOR)[1]}",
            "Content-Type": "application/json",
        }
        self._lock = threading.Lock()
        self.met: Counter[int | str] = Counter()
        """Every status that was answered, and how often a connection broke ("broken")."""

    def place(self, key: str, order: dict[str, object]) -> bytes:
        """The body of the 201."""
        while True:
            status, body = self.try_to_place(key, order)
            if status == 201:
                return body
            assert status in {0, 409, 503}, body

    def try_to_place(self, key: str, order: dict[str, object]) -> tuple[int, bytes]:
        """(status, body) of one attempt; 0 when the connection broke."""
        headers = {**self._headers, "Idempotency-Key": key}
        try:
            answer = send(self._web.port, "POST", "/api/v1/orders/", orjson.dumps(order), headers)
        except (OSError, HTTPException):
            answer = (0, b"")
        with self._lock:
            self.met[answer[0] or "broken"] += 1
        return answer


def exchange(web: Web, sent: str) -> bytes:
    """What the server answers to exactly these characters, on a connection of its own."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as client:
        client.sendall(sent.encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


def send(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 30,
) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
