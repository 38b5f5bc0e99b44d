"""Cutting off what takes too long."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class DeadlineExceeded(KeyboardInterrupt):
    """Not an `Exception`, so that no handler's `except` keeps it.

    A `KeyboardInterrupt`, because psycopg then cancels the statement that it waits for and its connection stays good.
    """


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise DeadlineExceeded in the block once it took so long, whatever it waits for.

    By the process's alarm, so the main thread alone can be cut off; in another the block runs as long as it likes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    armed = True

    def cut_off(_number: int, _frame: FrameType | None) -> None:
        if armed:
            raise DeadlineExceeded(f"cut off after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, cut_off)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
