"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range that systems hand to outgoing connections: a client that keeps trying a dead port of that range can
# end up connected to itself, and the server never gets its port back.
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(preferred: int | None) -> int:
    """`preferred` if it is free, so that a restarted server keeps its URL; else any free port."""
    if preferred is not None and is_free(preferred):
        return preferred
    return next(port for port in random.sample(_RANGE, len(_RANGE)) if is_free(port))


def listen_anywhere() -> socket.socket:
    """A listening socket on a free port of the loopback interface."""
    return listen(LOOPBACK, choose(None))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `port`, or on the next free one of the hundred after it."""
    for candidate in range(port, port + 100):
        try:
            return socket.create_server((host, candidate), backlog=2048)
        except OSError:
            if candidate == port + 99:
                raise
    raise AssertionError("unreachable")
