"""Server-sent events (text/event-stream): how a message is written."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import BaseRenderer

from core.api.renderers import render

MEDIA_TYPE = "text/event-stream"
LARGEST_CHUNK = 32 * 1024
"""Bytes that are sent together at most: the server waits for the listener between two chunks, never within one."""

BEGIN = b"retry: 1000\n\n"
"""Milliseconds after which a browser connects again."""


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
