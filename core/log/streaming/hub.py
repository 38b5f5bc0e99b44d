"""The hub: reads the log for all listeners of this process at once, while there are any.

It looks when Redis says that the log has grown, and every POLL seconds whether it does or not.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

import structlog
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.log.reading import Page, newest_position, read
from core.log.streaming.wanted import Entry
from core.streams.threads import Threads
from core.wakeups import LOG_CHANNEL

log = structlog.get_logger(__name__)

POLL = 1.0
"""Seconds between two looks that nobody asked for."""

_HINTS_AGAIN = 1.0
"""Seconds after which Redis is tried again."""

_HINTS_CHECK = 10.0
"""Seconds of silence after which Redis is asked whether it is still there."""

_threads = Threads("log", 1)


class Member(Protocol):
    def hear(self, entries: list[Entry], reached: int) -> None:
        """These are new, and there is no other up to the position."""

    def lose(self) -> None:
        """The database didn't answer."""


class Hub:
    """Used in the event loop alone."""

    def __init__(self) -> None:
        self._members: set[Member] = set()
        self._called = asyncio.Event()
        self._begun = asyncio.Event()
        self._reached = 0
        self._is_lost = False
        self._task: asyncio.Task[None] | None = None

    def enter(self, member: Member) -> None:
        """From now on it hears of what the hub reads."""
        self._members.add(member)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def leave(self, member: Member) -> None:
        self._members.discard(member)
        self._called.set()

    async def reached(self) -> int:
        """The position up to which its members have heard all; waits for the hub to have begun."""
        await self._begun.wait()
        return self._reached

    async def _run(self) -> None:
        hints = asyncio.create_task(self._follow_hints())
        while self._members:
            self._called.clear()
            try:
                await self._look()
            except Exception as error:  # Whatever it is, listeners wait for this task, and the next look may succeed.
                self._fail(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), POLL)
        hints.cancel()
        self._begun.clear()
        self._task = None

    async def _look(self) -> None:
        if not self._begun.is_set():
            self._reached = await _threads.run(newest_position)
            self._begun.set()
        is_all = False
        while not is_all:
            page, entries = await _threads.run(self._read)
            self._reached, is_all = page.reached, page.is_all
            for member in list(self._members):
                member.hear(entries, self._reached)
        self._is_lost = False

    def _read(self) -> tuple[Page, list[Entry]]:
        page = read(self._reached)
        return page, [Entry.of(position, event) for position, event in page.events]

    def _fail(self, error: Exception) -> None:
        if not self._is_lost:
            log.warning("log_lost", error=str(error).strip()[:300])
            self._is_lost = True
            for member in list(self._members):
                member.lose()

    async def _follow_hints(self) -> None:
        """Until it is cancelled. What is lost while Redis is away, the next look finds."""
        while True:
            with suppress(RedisError, OSError):
                await self._listen_to_hints()
            await asyncio.sleep(_HINTS_AGAIN)

    async def _listen_to_hints(self) -> None:
        store = Redis.from_url(
            settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=1, health_check_interval=_HINTS_CHECK
        )
        async with store, store.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(LOG_CHANNEL)
            self._called.set()
            while True:
                if await channel.get_message(timeout=_HINTS_CHECK):
                    self._called.set()


hub = Hub()
"""That of this process."""
