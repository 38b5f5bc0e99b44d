"""Threads that begin together, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

T = TypeVar("T")


def race(attempts: Iterable[Callable[[], T]], *, threads: int) -> list[T | Exception]:
    """What each attempt returned or raised. Every thread takes an equal share of the attempts."""
    work = list(attempts)
    line = threading.Barrier(threads)

    def run(share: list[Callable[[], T]]) -> list[T | Exception]:
        _connect_apart()
        try:
            line.wait(30)
            return [_outcome(attempt) for attempt in share]
        finally:
            connections[DEFAULT_DB_ALIAS].close()

    with ThreadPoolExecutor(threads) as pool:
        shares = pool.map(run, [work[start::threads] for start in range(threads)])
        return [outcome for share in shares for outcome in share]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each returned or raised; a thread for each."""
    return list(race(acts, threads=len(acts)))


def _connect_apart() -> None:
    """Outside the pool, which has fewer connections than a race has threads."""
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    own.settings_dict = {**own.settings_dict, "OPTIONS": {}}
    connections[DEFAULT_DB_ALIAS] = own


def _outcome(attempt: Callable[[], T]) -> T | Exception:
    try:
        return attempt()
    except Exception as error:
        return error
