"""A real RabbitMQ for tests: that of RABBITMQ_URL or of this machine, else one of our own, of Debian's package, which
is installed where that is allowed. Without any, what needs it is skipped, and the run says so at its end."""

from __future__ import annotations

import atexit
import fcntl
import functools
import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pika
import pytest
from pika.exceptions import AMQPError

from deploy.local.rabbitmq import PROGRAM, RabbitMQ

logging.getLogger("pika").setLevel(logging.WARNING)

_INSTALLED_WITHIN = 300.0


def rabbitmq_url() -> str:
    """The address of a RabbitMQ that answers. Skips the test where there is none."""
    url = _found()
    if url is None:
        pytest.skip("RabbitMQ: none answers, and Debian's rabbitmq-server is not here and could not be installed")
    return url


@functools.cache
def _found() -> str | None:
    url = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")
    if answers(url):
        return url
    if not PROGRAM.exists():
        _install()
    return _start() if PROGRAM.exists() else None


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
        if PROGRAM.exists():
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
    server = RabbitMQ(folder)
    atexit.register(_end, server)
    server.start()
    server.wait()
    return server.url


def _end(server: RabbitMQ) -> None:
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)
