"""Locks by name in the database: one run of a job at a time, or one transaction of a kind."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ParamSpec, TypeVar

from django.db import Error, connection
from django.db.backends.utils import CursorWrapper

P = ParamSpec("P")
R = TypeVar("R")


def lock_key(name: str) -> int:
    """The number by which PostgreSQL knows the advisory lock of that name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


@contextmanager
def session_lock(name: str) -> Iterator[bool]:
    """Yields whether the lock named `name` was free; it is held until the block ends, or the session does."""
    with session_place(name, places=1) as place:
        yield place is not None


@contextmanager
def session_place(name: str, *, places: int) -> Iterator[int | None]:
    """Yields the first of the `places` under that name that was free, held as by `session_lock`; None if none was."""
    with connection.cursor() as cursor:
        place = next((number for number in range(places) if _take(cursor, _place(name, number))), None)
        try:
            yield place
        finally:
            if place is not None:
                # If the session has ended meanwhile, so has the lock.
                with suppress(Error):
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_key(_place(name, place))])


def _place(name: str, number: int) -> str:
    return f"{name}:{number}" if number else name


def _take(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(name)])
    return bool(cursor.fetchone()[0])


def transaction_lock(name: str) -> None:
    """Wait until no other transaction holds the lock named `name`; it is held until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(name)])


def try_transaction_lock(name: str) -> bool:
    """Whether the lock named `name` was free; it is held then until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key(name)])
        return bool(cursor.fetchone()[0])


def shared_transaction_lock(name: str) -> None:
    """The same, together with any others that only share it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [lock_key(name)])


def one_at_a_time(name: str) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Run the function only while no other run of the same name is under way; returns None when one is."""

    def decorate(function: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R | None:
            with session_lock(name) as held:
                return function(*args, **kwargs) if held else None

        return run

    return decorate
