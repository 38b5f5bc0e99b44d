"""Where the event loop has the database asked: a few threads, each of which gives its connection back afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


class Threads:
    """So many threads under a name. Each kind of work has its own, so that none waits for another."""

    def __init__(self, name: str, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _giving_back, work)


def _giving_back(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connection.close()
