"""How a stream is served: as server-sent events or over a WebSocket, which differ in their words for the same things.

Each conversation has a task that tells and one that waits for the listener to go. The first of these to end, the seat
or the lifetime ends it.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, ClassVar

import structlog
from django.conf import settings
from django.http import HttpResponse

from core.api.event_streams import LARGEST_CHUNK, MEDIA_TYPE
from core.streams.seats import End, Seat, seats
from core.streams.sources import Source

log = structlog.get_logger("http")

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

PATIENCE = 30.0
"""Seconds that a listener may take nothing."""

_FAREWELL = 2.0
_CLOSES = {End.LIFETIME: 1001, End.REVOKED: 1008, End.STOPPING: 1012}
_OF_HTTP = {b"cache-control", b"content-type", b"x-accel-buffering"}


class StreamResponse(HttpResponse):
    """A view's answer that goes on: its head, and the conversation that follows."""

    def __init__(self, conversation: Conversation) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content_type=MEDIA_TYPE, headers=headers)
        self.conversation = conversation


class Conversation(ABC):
    """Over one connection, at one seat, which it gives back. `begin` makes its source, in the event loop."""

    gone: ClassVar[str]
    """The message that says that the listener has gone."""

    def __init__(self, seat: Seat, begin: Callable[[], Source]) -> None:
        self._seat = seat
        self._begin_source = begin
        self._source: Source | None = None

    def close(self) -> None:
        """However it ended, begun or not."""
        if self._source is not None:
            self._source.close()
        seats.give_back(self._seat)

    async def hold(self, head: HttpResponse, receive: Receive, send: Send) -> End:
        """From the head to the end; returns why it ended."""
        await self._begin(head, send)
        seats.sit(self._seat)
        tasks = [asyncio.create_task(each) for each in (self._tell(send), self._wait(receive), self._seat.over())]
        try:
            done, _ = await asyncio.wait(tasks, timeout=settings.FEED_LIFETIME, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        why = next((task.result() for task in tasks if task in done), End.LIFETIME)
        if why not in {End.GONE, End.SLOW}:  # nothing more would reach these
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await self._end(send, why)
        return why

    async def _tell(self, send: Send) -> End:
        """All that the source has, and something at least every FEED_HEARTBEAT seconds."""
        self._source = source = self._begin_source()
        messages = source.begin()
        news: asyncio.Task[list[bytes]] | None = None
        try:
            while True:
                async with asyncio.timeout(PATIENCE):
                    await self._say(messages, send)
                news = news or asyncio.create_task(source.next())
                await asyncio.wait({news}, timeout=settings.FEED_HEARTBEAT)
                if news.done():
                    messages, news = news.result(), None
                else:
                    messages = source.heartbeat()
        except TimeoutError:
            return End.SLOW
        except OSError:
            return End.GONE
        finally:
            if news is not None:
                news.cancel()

    async def _wait(self, receive: Receive) -> End:
        while (await receive())["type"] != self.gone:
            pass
        return End.GONE

    @abstractmethod
    async def _begin(self, head: HttpResponse, send: Send) -> None: ...

    @abstractmethod
    async def _say(self, messages: list[bytes], send: Send) -> None: ...

    @abstractmethod
    async def _end(self, send: Send, why: End) -> None: ...


class EventStream(Conversation):
    """Server-sent events."""

    gone = "http.disconnect"

    async def _begin(self, head: HttpResponse, send: Send) -> None:
        await send({"type": "http.response.start", "status": head.status_code, "headers": raw_headers(head)})

    async def _say(self, messages: list[bytes], send: Send) -> None:
        for chunk in _chunks(messages):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _end(self, send: Send, _why: End) -> None:
        await send({"type": "http.response.body", "body": b""})


class Socket(Conversation):
    """A WebSocket that only tells."""

    gone = "websocket.disconnect"

    async def _begin(self, head: HttpResponse, send: Send) -> None:
        kept = [(name, value) for name, value in raw_headers(head) if name not in _OF_HTTP]
        await send({"type": "websocket.accept", "headers": kept})

    async def _say(self, messages: list[bytes], send: Send) -> None:
        for each in messages:
            await send({"type": "websocket.send", "text": each.decode()})

    async def _end(self, send: Send, why: End) -> None:
        await send({"type": "websocket.close", "code": _CLOSES[why], "reason": why.value})


async def serve(response: StreamResponse, path: str, receive: Receive, send: Send) -> None:
    """Hold the conversation, and write down how it ended."""
    began, why = time.monotonic(), End.GONE
    try:
        why = await response.conversation.hold(response, receive, send)
    finally:
        response.conversation.close()
        log.info("stream", path=path, ended=why.value, seconds=round(time.monotonic() - began, 1))


def raw_headers(response: HttpResponse) -> list[tuple[bytes, bytes]]:
    """As ASGI wants them, without the length of what is sent."""
    pairs: Mapping[str, str] = response.headers
    cookies = [(b"set-cookie", each.OutputString().encode()) for each in response.cookies.values()]
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs.items()]
    return [(name, value) for name, value in headers if name != b"content-length"] + cookies


def _chunks(messages: list[bytes]) -> Iterator[bytes]:
    """The messages, several together as far as a listener takes them at once."""
    chunk = b""
    for each in messages:
        if chunk and len(chunk) + len(each) > LARGEST_CHUNK:
            yield chunk
            chunk = b""
        chunk += each
    if chunk:
        yield chunk
