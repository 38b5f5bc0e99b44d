"""The time zones that there are (IANA), as the server knows them."""

from __future__ import annotations

import functools
from zoneinfo import available_timezones

_NOT_A_PLACE = {"Factory", "localtime"}
"""What stands among them and says nothing, or something else on each server."""


@functools.cache
def time_zones() -> list[str]:
    """Their names, sorted."""
    return sorted(available_timezones() - _NOT_A_PLACE)
