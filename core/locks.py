"""Locks by name in the database: one run of a job at a time, or one transaction of a kind."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def session_lock(name: str) -> Iterator[bool]:
    """Yields whether the lock named `name` was free; it is held until the block ends, or the session does."""
    key = _key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held = bool(cursor.fetchone()[0])
        try:
            yield held
        finally:
            if held:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def transaction_lock(name: str) -> None:
    """Wait until no other transaction holds the lock named `name`; it is held until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def one_at_a_time(name: str) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Run the function only while no other run of the same name is under way; returns None when one is."""

    def decorate(function: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R | None:
            with session_lock(name) as held:
                return function(*args, **kwargs) if held else None

        return run

    return decorate
