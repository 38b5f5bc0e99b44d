"""The product's real server, as it is deployed: gunicorn with config/gunicorn.py."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from deploy.local import ports

ROOT = Path(__file__).resolve().parents[2]
_READY_WITHIN = 60.0
_STOP_WITHIN = 30.0


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def megabytes(self) -> float:
        """Resident memory of the largest worker."""
        sizes = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.workers()]
        return max((int(pages) for pages in sizes), default=0) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def serving(log: Path, workers: int) -> Iterator[Server]:
    """A server without request limits, its log in a file."""
    port = ports.choose(None)
    environment = {
        **os.environ,
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(workers),
        "LOG_LEVEL": "INFO",
        "RATE_LIMIT_READ": "",
        "RATE_LIMIT_WRITE": "",
    }
    with log.open("ab") as lines:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore:No directory at", "-m", "gunicorn", "--config", "config/gunicorn.py"],
            cwd=ROOT,
            env=environment,
            stdout=lines,
            stderr=lines,
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the server isn't ready; the end of {log}:\n{log.read_text()[-2000:]}")
