"""How a process that takes one thing after the other is asked to end between two of them."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether the process was asked to end. A signal ends wait() at once."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self.asked = False

    def ask(self, *_: object) -> None:
        self.asked = True
        os.write(self._writing, b".")

    def wait(self, seconds: float) -> None:
        select.select([self._reading], [], [], seconds)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Within the block SIGTERM and SIGINT ask."""
        before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, self.ask)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
