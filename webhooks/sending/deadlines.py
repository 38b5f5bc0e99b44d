"""The time that one post has for all of it."""

from __future__ import annotations

import time

from webhooks.sending.answers import NotSent


class Deadline:
    """Begins as it is made. Each wait asks it for the time that is left, so that all of them together end with it."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._began = seconds, time.monotonic()

    def taken(self) -> float:
        return time.monotonic() - self._began

    def left(self, address: str = "") -> float:
        """Seconds, more than none. Raises NotSent."""
        left = self._seconds - self.taken()
        if left <= 0:
            raise self.passed(address)
        return left

    def passed(self, address: str = "") -> NotSent:
        return NotSent("too_slow", f"There was no whole answer within {self._seconds:g} s.", address=address)
