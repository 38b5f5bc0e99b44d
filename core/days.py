"""Which days the product reckons with."""

from __future__ import annotations

import datetime as dt

FIRST_YEAR, LAST_YEAR = 1900, 9998


def in_range(day: dt.date) -> bool:
    """So that no offset, and nothing that is counted from it, leaves what Python and PostgreSQL can hold."""
    return FIRST_YEAR <= day.year <= LAST_YEAR
