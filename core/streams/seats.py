"""Who listens to this process: how many there may be, and when they have to go."""

from __future__ import annotations

import asyncio
import threading
import uuid
from enum import StrEnum

import structlog
from django.conf import settings

from core.api.authentication import usable_keys
from core.models import ApiKey
from core.streams.threads import Threads

log = structlog.get_logger(__name__)

KEYS_EVERY = 5.0
"""Seconds between two looks at the keys of all who listen."""

_threads = Threads("keys", 1)


class End(StrEnum):
    """Why a listener is told no more."""

    GONE = "gone"
    SLOW = "slow"
    LIFETIME = "lifetime"
    REVOKED = "revoked"
    STOPPING = "stopping"


class NoSeat(Exception):
    """There are as many listeners as there may be: of one client (`of_client`), or in this process."""

    def __init__(self, *, of_client: bool, limit: int) -> None:
        super().__init__(f"{limit} listeners")
        self.of_client = of_client
        self.limit = limit


class Seat:
    """A listener's place. `over()` returns when it has to go, and why."""

    def __init__(self, key: ApiKey) -> None:
        self.key_id = key.pk
        self.client_id: uuid.UUID = key.client_id
        self._why = End.GONE
        self._over = asyncio.Event()

    def end(self, why: End) -> None:
        self._why = why
        self._over.set()

    async def over(self) -> End:
        await self._over.wait()
        return self._why


class Seats:
    """Taken by the views, which run in threads; all else happens in the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[Seat] = set()
        self._is_ending = False
        self._watch: asyncio.Task[None] | None = None

    def take(self, key: ApiKey) -> Seat:
        """A seat for who shows this key, to be given back. Raises NoSeat."""
        with self._lock:
            self._require_room(key.client_id)
            seat = Seat(key)
            self._taken.add(seat)
        return seat

    def sit(self, seat: Seat) -> None:
        """From now on the seat ends with its key, or with the process."""
        if self._is_ending:
            seat.end(End.STOPPING)
        elif self._watch is None:
            self._watch = asyncio.create_task(self._watch_keys())

    def give_back(self, seat: Seat) -> None:
        with self._lock:
            self._taken.discard(seat)

    def end_all(self) -> None:
        """The process stops."""
        self._is_ending = True
        for seat in self._all():
            seat.end(End.STOPPING)

    def _all(self) -> list[Seat]:
        with self._lock:
            return list(self._taken)

    def _require_room(self, client_id: uuid.UUID) -> None:
        of_client = sum(seat.client_id == client_id for seat in self._taken)
        if of_client >= settings.FEED_LISTENERS_PER_CLIENT:
            raise NoSeat(of_client=True, limit=settings.FEED_LISTENERS_PER_CLIENT)
        if len(self._taken) >= settings.FEED_LISTENERS:
            raise NoSeat(of_client=False, limit=settings.FEED_LISTENERS)

    async def _watch_keys(self) -> None:
        """While anybody listens."""
        while taken := self._all():
            await asyncio.sleep(KEYS_EVERY)
            await self._look_at_keys({seat.key_id for seat in taken})
        self._watch = None

    async def _look_at_keys(self, ids: set[uuid.UUID]) -> None:
        try:
            usable = await _threads.run(lambda: usable_keys(ids))
        except Exception as error:  # Whatever it is, who listens goes on, and the next look may succeed.
            log.warning("keys_not_looked_at", error=str(error).strip()[:300])
            return
        for seat in self._all():
            if seat.key_id in ids - usable:
                seat.end(End.REVOKED)


seats = Seats()
"""Those of this process."""
