"""The errors that books' actions raise."""

from __future__ import annotations

import datetime as dt

from core.errors import DomainError


class DayNotOver(DomainError):
    """Something may still be posted on it."""

    code = "day_not_over"
    title = "Day not over"

    def __init__(self, day: dt.date) -> None:
        super().__init__(
            f"{day} is not over in the books.",
            unblock="Close it from a quarter of an hour after its end on, or close a day before it.",
        )
