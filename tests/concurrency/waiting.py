"""Holding racers at a place where they wait for a lock, so that a race is run the same way every time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, transaction

T = TypeVar("T")

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


def waiting() -> int:
    """Sessions of this database that wait for a lock right now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # A transaction keeps what it saw first.
        cursor.execute(_WAITING)
        return int(cursor.fetchone()[0])


def released_together(lock: Callable[[], object], *acts: Callable[[], T]) -> list[T | Exception]:
    """Begin all acts while this session holds `lock`; let go once each waits for it. What each returned or raised."""

    def run(act: Callable[[], T]) -> T | Exception:
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction.atomic():
            lock()
            outcomes = [pool.submit(run, act) for act in acts]
            deadline = time.monotonic() + 20
            while waiting() < len(acts):
                assert time.monotonic() < deadline, "not every act came to wait"
                time.sleep(0.01)
        return [outcome.result(30) for outcome in outcomes]
