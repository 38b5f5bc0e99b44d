"""`up` as a person meets it: first run, Ctrl-C, second run, and everything killed. One demo shop serves the module."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from deploy.local import locks
from deploy.local.processes import environment, running
from deploy.local.session import all_servers

ROOT = Path(__file__).resolve().parents[2]
_OWN = {"DATABASE_URL", "REDIS_URL", "QM_ENV", "DATA_DIR"}


class Up:
    """A running `./run up` in a session of its own, as at a terminal."""

    def __init__(self, folder: Path, log: Path, *arguments: str) -> None:
        self._log = log
        clean = {name: value for name, value in os.environ.items() if name not in _OWN}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local", *arguments],
                cwd=ROOT,
                env={**clean, "DATA_DIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def printed(self, pattern: str, within: float = 120.0) -> str:
        """The first group of `pattern` in the output, as soon as it is there."""
        deadline = time.monotonic() + within
        while (found := re.search(pattern, self.output)) is None:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)
        return found[1]

    def console(self) -> str:
        return self.printed(r"Console +(\S+)")

    def base(self) -> str:
        return self.console().removesuffix("/admin/")

    def interrupt(self) -> int:
        """Ctrl-C: the terminal sends it to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)


def get(url: str, key: str = "") -> str:
    """The body of a 200."""
    answer = httpx2.get(url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(up: Up) -> tuple[str, str, list[int]]:
    """The login, the API key and the numbers of the orders that it sees: what must outlive every stop."""
    login = up.printed(r"(login \S+, password \S+)")
    key = up.printed(r"API key +(\S+)")
    orders = json.loads(get(f"{up.base()}/api/v1/orders/", key))["results"]
    return login, key, [order["number"] for order in orders]


def of_servers(folder: Path) -> set[int]:
    return {
        pid for server in all_servers(folder).values() if server.lock.exists() for pid in locks.holders(server.lock)
    }


def processes(folder: Path) -> set[int]:
    """All that `up` on `folder` consists of: by the environment, and the servers (which have none) by their locks."""
    return {pid for pid in running() if f"DATA_DIR={folder}" in environment(pid)} | of_servers(folder)


def web_processes(folder: Path) -> set[int]:
    """gunicorn and its workers."""
    return {pid for pid in processes(folder) if "\0gunicorn\0" in _command(pid)}


def feed_processes(folder: Path) -> set[int]:
    return {pid for pid in processes(folder) if "\0config.feed\0" in _command(pid)}


def front_processes(folder: Path) -> set[int]:
    return {pid for pid in processes(folder) if "\0deploy.local.front\0" in _command(pid)}


def kill_everything(folder: Path) -> None:
    while alive := processes(folder):
        kill(alive)


def kill(pids: set[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # some end with their parent
            os.kill(pid, signal.SIGKILL)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture
def folder(shop: Path) -> Iterator[Path]:
    """The module's DATA_DIR, on which nothing runs after the test, however it ends."""
    yield shop
    kill_everything(shop)


def test_up_prints_where_to_go_and_ctrl_c_leaves_nothing_running(folder: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = Up(folder, tmp_path / "log", "--port", str(port))
        assert (urlsplit(up.console()).port or 0) > port  # the next free one
    assert "csrfmiddlewaretoken" in httpx2.get(up.console(), follow_redirects=True, timeout=20).text
    assert get(up.printed(r"API docs +(\S+)"))
    assert shown(up)[2]
    second = Up(folder, tmp_path / "second")
    assert second.process.wait(30) == 1
    assert "Another up runs on" in second.output
    assert len(processes(folder)) > len(of_servers(folder)) > 0
    assert up.interrupt() == 0, up.output
    assert processes(folder) == set()


def test_streams_come_from_the_same_port_outlive_a_killed_feed_and_end_with_ctrl_c(
    folder: Path, tmp_path: Path
) -> None:
    up = Up(folder, tmp_path / "log")
    key, stream = up.printed(r"API key +(\S+)"), up.printed(r"Events +(\S+)")
    headers = {"Authorization": f"Bearer {key}"}
    assert stream.startswith(up.base())
    with httpx2.stream("GET", stream, headers=headers, timeout=20) as told:
        assert next(told.iter_lines()) == "retry: 1000"
        kill(feed_processes(folder))
    up.printed("!! (feed) was killed by SIGKILL")
    with httpx2.stream("GET", stream, headers=headers, timeout=20) as told:
        lines = told.iter_lines()
        assert next(lines) == "retry: 1000"
        began = time.monotonic()
        assert up.interrupt() == 0, up.output
        assert time.monotonic() - began < 20
        assert list(lines)[-1] == ""
    assert processes(folder) == set()


@pytest.mark.parametrize(("hosts", "by_another_name"), [(None, 200), ("desk.example.com", 400)])
def test_on_every_address_it_is_reached_by_any_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hosts: str | None, by_another_name: int
) -> None:
    """By any name, unless ALLOWED_HOSTS says which."""
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    if hosts is not None:
        monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    up = Up(folder, tmp_path / "log", "--host", "0.0.0.0")  # noqa: S104
    key = up.printed(r"API key +(\S+)")
    assert up.printed(r"Elsewhere +(.+)") == f"port {urlsplit(up.base()).port} of each address of this machine"

    def ask(path: str, name: str) -> int:
        sent = {"Authorization": f"Bearer {key}", "Host": name}
        with httpx2.stream("GET", f"{up.base()}{path}", headers=sent, timeout=20) as answer:
            return answer.status_code

    for path in ("/api/v1/orders/", "/api/v1/book/JPM/feed/", "/api/v1/events/stream/"):
        assert ask(path, "desk.example.com") == 200
        assert ask(path, "other.example.com") == by_another_name
    assert up.interrupt() == 0, up.output


def test_the_shop_outlives_a_stop_a_killed_up_and_everything_killed(folder: Path, tmp_path: Path) -> None:
    first = Up(folder, tmp_path / "first")
    before = shown(first)
    assert first.interrupt() == 0
    second = Up(folder, tmp_path / "second")
    assert shown(second) == before
    assert "Loading the demo shop" not in second.output
    kill_everything(folder)
    second.process.wait()
    third = Up(folder, tmp_path / "third")
    assert shown(third) == before
    third.process.kill()
    third.process.wait()
    fourth = Up(folder, tmp_path / "fourth")
    assert shown(fourth) == before
    assert len(web_processes(folder)) == 3  # gunicorn and two workers: none is left of the third
    assert len(feed_processes(folder)) == len(front_processes(folder)) == 1
    assert fourth.interrupt() == 0
    assert processes(folder) == set()


def test_whatever_dies_under_up_is_started_again(folder: Path, tmp_path: Path) -> None:
    up = Up(folder, tmp_path / "log")
    base = up.base()
    kill(processes(folder) - {up.process.pid})
    for name in ("front", "web", "feed", "relay", "jobs", "scheduler"):
        up.printed(f"!! ({name}) was killed by SIGKILL")
    for name in ("PostgreSQL", "Valkey"):
        up.printed(f"!! ({name}) died and has been started again")
    assert get(f"{base}/health/ready")
    assert up.interrupt() == 0
    assert processes(folder) == set()
