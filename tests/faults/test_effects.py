"""`up` with any one of its processes killed at work: every effect is there within thirty seconds."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx2
import orjson
import pytest

from deploy.local.processes import command, parent
from deploy.local.session import all_servers
from tests.core.children import wait_until
from tests.faults.test_up import Up, get, kill_everything, processes

pytestmark = pytest.mark.slow

WITHIN = 30.0
ORDERS = 15
VICTIMS = ["the relay", "a process of the relay", "jobs", "scheduler", "web", "feed", "PostgreSQL", "Valkey"]


class Shop:
    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.up = Up(folder, log)
        self.base = self.up.base()
        self._key = self.up.printed(r"API key +(\S+)")
        variants = orjson.loads(get(f"{self.base}/api/v1/variants/", self._key))["results"]
        self._skus = [variant["sku"] for variant in variants]

    def place(self) -> str:
        """Returns the address that is to get a confirmation. Tries until it is acknowledged, as a storefront does."""
        email, key = f"{uuid4()}@example.com", str(uuid4())
        deadline = time.monotonic() + WITHIN
        while (answer := self._post(email, key)) != 201:
            if answer == 409:
                self._skus.pop(0)  # sold out
                key = str(uuid4())
            assert time.monotonic() < deadline, self.up.output
            time.sleep(0.2)
        return email

    def _post(self, email: str, key: str) -> int:
        order = {"currency": "EUR", "lines": [{"sku": self._skus[0], "quantity": 1, "unit_price": 100}], "email": email}
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": key}
        with suppress(httpx2.HTTPError):
            answer = httpx2.post(f"{self.base}/api/v1/orders/", json=order, headers=headers, timeout=20)
            assert answer.status_code in {201, 409} or answer.status_code >= 500, answer.text
            return answer.status_code
        return 0

    def confirmed(self) -> set[str]:
        mails = (path.read_text() for path in (self.folder / "mail").glob("*.log"))
        return {line.removeprefix("To: ") for mail in mails for line in mail.splitlines() if line.startswith("To: ")}

    def victim(self, name: str) -> int:
        """The number of the process."""
        if name in {"PostgreSQL", "Valkey"}:
            (pid,) = (server._pid() for server in all_servers(self.folder).values() if server.name == name)
            assert pid is not None
            return pid
        marks = {
            "the relay": "--queues\0handlers,mail", "a process of the relay": "--queues\0handlers,mail",
            "jobs": "--queues\0jobs", "scheduler": "\0beat\0", "web": "\0gunicorn\0", "feed": "\0config.feed\0",
        }  # fmt: skip
        found = [pid for pid in processes(self.folder) if marks[name] in command(pid)]
        parents = sorted(pid for pid in found if parent(pid) == self.up.process.pid)
        if name == "a process of the relay":
            return min(pid for pid in found if pid not in parents)
        return parents[0]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("effects") / "data"
    try:
        yield Shop(folder, folder.parent / "log")
    finally:
        kill_everything(folder)


@pytest.mark.parametrize("name", VICTIMS)
def test_after_any_single_kill_every_effect_is_there_within_thirty_seconds(shop: Shop, name: str) -> None:
    owed = {shop.place() for _ in range(ORDERS)}
    victim = shop.victim(name)
    os.kill(victim, signal.SIGKILL)
    killed = time.monotonic()
    owed |= {shop.place() for _ in range(5)}
    wait_until(lambda: owed <= shop.confirmed(), WITHIN - (time.monotonic() - killed))
    print(f"{name}: all effects {time.monotonic() - killed:.1f} s after the kill")  # noqa: T201
