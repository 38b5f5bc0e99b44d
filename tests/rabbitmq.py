"""A real RabbitMQ for tests: that of RABBITMQ_URL or of this machine, else one of our own, of Debian's package, which
is installed where that is allowed. Without any, what needs it is skipped, and the run says so at its end."""

from __future__ import annotations

import atexit
import fcntl
import functools
import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pika
import pytest
from pika.exceptions import AMQPError

from deploy.local import ports
from tests.core.children import wait_until

logging.getLogger("pika").setLevel(logging.WARNING)

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's own, without its wrapper, which runs one as the system's service alone."""

_STARTED_WITHIN = 60.0
_INSTALLED_WITHIN = 300.0


@functools.cache
def rabbitmq_url() -> str:
    """The address of a RabbitMQ that answers. Skips the test where there is none."""
    url = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")
    if answers(url):
        return url
    if not SERVER.exists():
        _install()
    if not SERVER.exists():
        pytest.skip("RabbitMQ: none answers, and Debian's rabbitmq-server is not here and could not be installed")
    return _start()


def answers(url: str) -> bool:
    try:
        pika.BlockingConnection(pika.URLParameters(f"{url}?socket_timeout=2&blocked_connection_timeout=2")).close()
    except (AMQPError, OSError):
        return False
    return True


def _install() -> None:
    """One process at a time, of those that pytest runs."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    with (Path(tempfile.gettempdir()) / "install-rabbitmq.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if SERVER.exists():
            return
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "rabbitmq-server"]):
            try:
                subprocess.run([apt, "-qq", *arguments], env=quiet, timeout=_INSTALLED_WITHIN, check=False)
            except subprocess.TimeoutExpired:
                return


def _start() -> str:
    """A server of this process, which ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
    port = ports.choose(None)
    variables = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"quartermaster-{os.getpid()}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(ports.choose(None)),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
    }
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [SERVER], cwd=folder, env={**os.environ, **variables}, stdout=output, stderr=output, start_new_session=True
        )
    atexit.register(_end(server, folder))
    url = f"amqp://guest:guest@127.0.0.1:{port}/"
    wait_until(lambda: _listens(port) and answers(url), _STARTED_WITHIN)
    return url


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(server: subprocess.Popen[bytes], folder: Path) -> Callable[[], None]:
    def end() -> None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)

    return end
