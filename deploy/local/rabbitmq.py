"""RabbitMQ of Debian's package: TCP on the loopback interface, its data in a folder of ours. Other than the servers
that wheels bring, it is there only where somebody installed it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from deploy.local import ports
from deploy.local.errors import EmbeddedError

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's own, without its wrapper, which runs one as the system's service alone."""

_READY_WITHIN = 60.0
_PAUSE = 0.05


class RabbitMQ:
    """A server of this process. It keeps its ports, so that its URL stays good; `stop` is for its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port, self._names, distribution = (ports.choose(None) for _ in range(3))
        self._variables = {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._names),
            "RABBITMQ_NODENAME": f"quartermaster-{self._port}@localhost",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{ports.LOOPBACK}:{self._port}/"

    def start(self) -> None:
        """Returns before it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._processes:  # else Erlang starts one for the whole machine, which outlives everybody
            self._run("epmd", "-port", str(self._names), "-address", ports.LOOPBACK)
        self._run(str(PROGRAM))

    def wait(self) -> None:
        """Until it answers. Raises EmbeddedError."""
        deadline = time.monotonic() + _READY_WITHIN
        while not self._answers():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"RabbitMQ doesn't start; see {self.folder / 'output'}")
            time.sleep(_PAUSE)

    def kill(self) -> None:
        """kill -9 of the server with all that it started."""
        _kill(self._processes.pop())

    def stop(self) -> None:
        while self._processes:
            self.kill()

    def _run(self, *command: str) -> None:
        with (self.folder / "output").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603
                command, cwd=self.folder, env={**os.environ, **self._variables}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)

    def _answers(self) -> bool:
        """It refuses a wrong greeting with its own, once it takes clients at all."""
        with suppress(OSError), socket.create_connection((ports.LOOPBACK, self._port), timeout=2) as client:
            client.sendall(b"AMQP\0\0\0\0")
            return client.recv(4) == b"AMQP"
        return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
