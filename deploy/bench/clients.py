"""Clients that cost little: raw sockets in one loop, one request each under way, connections kept where offered."""

from __future__ import annotations

import gc
import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

_length = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE).search
_location = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE).search
_closes = re.compile(rb"\r\nconnection: *close", re.IGNORECASE).search
_STUCK = 30.0


@dataclass
class Outcome:
    """What the clients saw. `times` are seconds from sending to the last byte, `made` the Location headers of 201s."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    made: list[str] = field(default_factory=list)
    sample: bytes = b""

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which `share` of the requests were answered."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class _Client:
    """One keep-alive client."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.received = b""
        self.started = 0.0
        self._whole = -1

    def send(self, request: bytes) -> socket.socket:
        self.started = time.perf_counter()
        self.received, self._whole = b"", -1
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        return self.socket

    def read(self) -> bool:
        """Take what has come; True when the response is complete."""
        assert self.socket is not None  # noqa: S101
        received = self.socket.recv(262_144)
        if not received:
            raise ConnectionError(f"the server closed the connection after {len(self.received)} bytes of an answer")
        self.received += received
        if self._whole < 0 and (end := self.received.find(b"\r\n\r\n")) >= 0:
            length = _length(self.received, 0, end)
            self._whole = end + 4 + (int(length[1]) if length else 0)
        return 0 <= self._whole <= len(self.received)

    def done(self, outcome: Outcome) -> None:
        outcome.times.append(time.perf_counter() - self.started)
        status = int(self.received[9:12])
        outcome.statuses[status] += 1
        if status == 201 and (location := _location(self.received)):
            outcome.made.append(location[1].decode())
        if not outcome.sample or status >= 400:
            outcome.sample = self.received

    def drop_if_closed(self) -> bool:
        return _closes(self.received, 0, self.received.find(b"\r\n\r\n") + 2) is not None

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def drive(
    port: int, clients: int, seconds: float, request: Callable[[], bytes], *, requests: int | None = None
) -> Outcome:
    """Let `clients` send what `request` makes, each as soon as it has its answer, for so many seconds.

    With `requests` they stop after about so many instead.
    """
    outcome = Outcome()
    selector = selectors.DefaultSelector()
    gc.disable()  # a collection here would be told as the server's slowness
    started = time.perf_counter()
    everyone = [_Client(port) for _ in range(clients)]
    try:
        for client in everyone:
            selector.register(client.send(request()), selectors.EVENT_READ, client)
        while selector.get_map():
            ready = selector.select(_STUCK)
            if not ready:
                raise TimeoutError(f"no answer within {_STUCK:.0f} s")
            for key, _ in ready:
                if key.data.read():
                    done = len(outcome.times) + len(selector.get_map())
                    more = done < requests if requests else time.perf_counter() - started < seconds
                    _next(selector, key.data, outcome, request, more=more)
        outcome.seconds = time.perf_counter() - started
    finally:
        gc.enable()
        selector.close()
        for client in everyone:
            client.close()
    return outcome


def _next(
    selector: selectors.BaseSelector, client: _Client, outcome: Outcome, request: Callable[[], bytes], *, more: bool
) -> None:
    client.done(outcome)
    kept = client.socket
    closes = client.drop_if_closed()
    if not more or closes:
        selector.unregister(kept)  # type: ignore[arg-type]
        client.close()
    if more:
        sent_on = client.send(request())
        if closes:
            selector.register(sent_on, selectors.EVENT_READ, client)
