"""Server-sent events (text/event-stream): how a message is written, and whether its reader keeps up."""

from __future__ import annotations

import select
import socket
from typing import Any

from rest_framework.renderers import BaseRenderer

from core.api.renderers import render

MEDIA_TYPE = "text/event-stream"
LARGEST_CHUNK = 32 * 1024
"""Bytes that a reader who is ready takes without making the writer wait: less than a third of its buffer."""

_BUFFER = 128 * 1024
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)


class EventStreamRenderer(BaseRenderer):
    """For content negotiation and the documentation alone: streams are written message by message."""

    media_type = MEDIA_TYPE
    format = "event-stream"


def message(event: str, data: Any, *, sequence: int | None = None) -> bytes:
    """One message. `sequence` becomes its id, which a client that connects again sends as Last-Event-ID."""
    identified = "" if sequence is None else f"id: {sequence}\n"
    return f"event: {event}\n{identified}data: ".encode() + render(data) + b"\n\n"


def comment(text: str = "") -> bytes:
    """What clients ignore: it keeps the connection busy, and tells a person who looks."""
    return f": {text}\n\n".encode()


class ReaderGone(Exception):
    """The other end of the connection is closed."""


class Reader:
    """The other end of a streamed response. Without a socket (a development server) it is taken to be always ready."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._poll = None
        if connection is None:
            return
        # A buffer of a fixed size: all that a slow reader can make the kernel keep for it.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLOUT | _GONE)

    def is_ready(self, *, within: float) -> bool:
        """Whether it takes a chunk now or within so many seconds. Raises ReaderGone."""
        if self._poll is None:
            return True
        events = sum(event for _, event in self._poll.poll(within * 1000))
        if events & _GONE:
            raise ReaderGone
        return bool(events & select.POLLOUT)
