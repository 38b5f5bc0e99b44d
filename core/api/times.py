"""Times and days as the API takes them, in bodies and queries alike."""

from __future__ import annotations

import datetime as dt
import re

from core.days import in_range

NO_MOMENT = "This is not an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z."
OUT_OF_RANGE = "This time is outside the years 1900 to 9998."
NO_DAY = "This is not a day from 1900-01-01 to 9998-12-31, such as 2026-01-31."

_moment = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII).fullmatch
_day = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch


def parse_moment(text: str) -> dt.datetime | None:
    """The instant, to the microsecond, with the offset that was given; None for what isn't one."""
    try:
        return dt.datetime.fromisoformat(text.upper()) if _moment(text) else None
    except ValueError:
        return None


def parse_day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text) if _day(text) else None
    except ValueError:
        return None
    return day if day and in_range(day) else None
