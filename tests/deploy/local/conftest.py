"""Processes that use embedded servers of their own, in a folder of the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import locks
from deploy.local.session import all_servers

ROOT = Path(__file__).resolve().parents[3]
_USER = """
import json, os, sys
from deploy.local import attach
attach()
print(json.dumps({name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}), flush=True)
sys.stdin.read()
"""


class User:
    """A process that attached, or is about to; it leaves when told to."""

    def __init__(self, folder: Path, **environment: str) -> None:
        clean = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "QM_ENV"}
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", _USER],
            cwd=ROOT,
            env={**clean, "DATA_DIR": str(folder), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def urls(self) -> dict[str, str]:
        """Waits for it to be attached."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.leave()
        return dict(json.loads(line))

    def leave(self) -> str:
        """What it wrote to standard error, after a normal end."""
        return self._process.communicate(timeout=30)[1]

    def end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        self._process.communicate(timeout=30)
        return self._process.returncode


def running(folder: Path) -> list[str]:
    """The names of the servers that run on `folder`."""
    return [server.name for server in all_servers(folder).values() if server.is_running()]


def kill_everything(folder: Path) -> None:
    """kill -9 for all that the servers of `folder` consist of."""
    for server in all_servers(folder).values():
        while server.lock.exists() and locks.holders(server.lock):
            locks.signal_holders(server.lock, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR whose servers are gone after the test, however it ends."""
    yield tmp_path / "data"
    kill_everything(tmp_path / "data")
