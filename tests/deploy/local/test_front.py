"""The one port of `up`, in front of two servers that tell what came to them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import httpx2
import pytest
from django.conf import settings

from deploy.local import ports
from deploy.local.front import path_of, rewritten
from tests.core.children import ROOT


class Process:
    """Answers each connection with its name and the head of the request, and keeps upgraded ones to say them back."""

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._server = ports.listen_anywhere()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def _accept(self) -> None:
        while True:
            connection, _ = self._server.accept()
            head = connection.recv(65536)
            told = self._name + b"\n" + head
            if b"\r\nUpgrade:" in head:
                connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
                connection.sendall(connection.recv(100))
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + told)
            connection.close()


@pytest.fixture(scope="module")
def front() -> Iterator[int]:
    """Its port."""
    listener, web, feed = ports.listen_anywhere(), Process("web"), Process("feed")
    number = str(listener.fileno())
    command = [
        sys.executable, "-m", "deploy.local.front", "--socket", number, "--web", str(web.port),
        "--feed", str(feed.port), "--feed-paths", settings.STREAM_PATHS,
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()])
    yield listener.getsockname()[1]
    process.terminate()
    assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/api/v1/events/stream/?after=3", "feed"),
        ("/api/v1/book/JPM/feed/", "feed"),
        ("/api/v1/events/", "web"),
        ("/?next=/api/v1/events/stream/", "web"),
    ],
)
def test_each_path_comes_to_its_process_with_who_asked(front: int, path: str, who: str) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{front}{path}", headers={"X-Real-IP": "192.0.2.9"}, timeout=20).text
    name, line, *headers = answer.splitlines()
    assert (name, line) == (who, f"GET {path} HTTP/1.1")
    told = {header.partition(":")[0].lower(): header.partition(": ")[2] for header in headers if header}
    assert (told["x-forwarded-for"], told["x-forwarded-proto"], told["connection"]) == ("127.0.0.1", "http", "close")
    assert "x-real-ip" not in told


def test_an_upgraded_connection_goes_both_ways(front: int) -> None:
    with socket.create_connection(("127.0.0.1", front), timeout=20) as client:
        client.sendall(b"GET /api/v1/events/stream/ HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert client.recv(65536) == b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
        client.sendall(b"hello")
        assert client.recv(65536) == b"hello"


def test_what_another_proxy_said_of_the_client_stays_before_it() -> None:
    head = b"GET / HTTP/1.1\r\nx-forwarded-for: 192.0.2.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n"
    assert rewritten(head, "10.0.0.1") == (
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1, 10.0.0.1\r\nX-Forwarded-Proto: http\r\n"
        b"Connection: close\r\n\r\n"
    )
    assert path_of(b"nonsense\r\n\r\n") == ""
