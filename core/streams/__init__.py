"""Streams: what the feed process tells its listeners for as long as they listen, by server-sent events or WebSocket.

A view answers with a StreamResponse, which the handler (`core/streams/handler.py`) serves in one event loop. What is
told comes from a Source; who listens has one of the process's Seats.
"""

from core.streams.conversations import EventStream, Socket, StreamResponse
from core.streams.seats import NoSeat, seats
from core.streams.sources import Source

__all__ = ["EventStream", "NoSeat", "Socket", "Source", "StreamResponse", "seats"]
