"""Outside is 127.0.0.2, where the receiver is and posts may go; inside is 127.0.0.1, with a listener that counts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from deploy.fakes.webhook_receiver import RunningReceiver, running_receiver
from webhooks.sending import new_secret

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"
NAME = "hooks.example"
SECRET = new_secret()
SECONDS = 0.3
SOON = 1.5
"""More than a post with such a deadline takes on a busy machine, and less than any other end of it would."""


class Listener:
    """Takes connections and says nothing. The kernel takes them, so that none is missed whenever it is asked."""

    def __init__(self, host: str, port: int = 0) -> None:
        self._socket = socket.create_server((host, port), backlog=64)
        self._socket.setblocking(False)
        self.port = int(self._socket.getsockname()[1])

    def connections(self) -> int:
        """Since it was asked last."""
        count = 0
        with suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
                count += 1
        return count

    def close(self) -> None:
        self._socket.close()


@dataclass
class Names:
    """The machine's resolver, with names of the test's. Each lookup takes the next answer; the last one stays."""

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look_up(self, host: str, port: Any, family: int = 0, kind: int = 0, flags: int = 0, **more: Any) -> list[Any]:
        if host not in self.answers:
            return _real(host, port, family, more.get("type", kind), flags=flags)
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        self.asked.append(host)
        answers = self.answers[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]


_real = socket.getaddrinfo


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names({NAME: [[OUTSIDE]]})
    monkeypatch.setattr(socket, "getaddrinfo", names.look_up)
    return names


@pytest.fixture(autouse=True)
def outside_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network(OUTSIDE),)
    settings.WEBHOOK_HTTP = True


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningReceiver]:
    folder: Path = tmp_path_factory.mktemp("receiver")
    with running_receiver(folder, "--host", OUTSIDE, secrets=(SECRET,)) as running:
        yield running


@pytest.fixture
def inside(receiver: RunningReceiver) -> Iterator[Listener]:
    """At the port of the receiver."""
    listener = Listener(INSIDE, receiver.port)
    yield listener
    listener.close()
