"""What a cell may say: numbers and times in one strict form each, whatever else Python would understand."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

_is_whole = re.compile(r"-?[0-9]{1,18}", re.ASCII).fullmatch
_is_decimal = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII).fullmatch


def whole(text: str) -> int:
    """Raises ValueError, in words, for all but ASCII digits with or without a minus."""
    if not _is_whole(text):
        raise ValueError("is not a whole number")
    return int(text)


def decimal(text: str) -> Decimal:
    """Raises ValueError, in words, for all but ASCII digits with or without a minus and a point between two digits."""
    if not _is_decimal(text):
        raise ValueError("is not a decimal number with a point")
    return Decimal(text)


def moment(text: str, form: str, zone: ZoneInfo) -> dt.datetime:
    """What the clocks of that zone show, as UTC. `form` is strptime's, all of it padded.

    Raises ValueError, in words, also for a time that these clocks left out, or showed twice.
    """
    local = _local(text, form)
    first, again = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    try:
        utc = first.astimezone(dt.UTC)
        if first.utcoffset() == again.utcoffset():
            return utc
    except OverflowError:
        raise ValueError("is out of range") from None
    if utc.astimezone(zone).replace(tzinfo=None) == local:
        raise ValueError(f"came twice in {zone.key}, as the clocks went back")
    raise ValueError(f"never came in {zone.key}, as the clocks went forward")


def _local(text: str, form: str) -> dt.datetime:
    try:
        local = dt.datetime.strptime(text, form)  # noqa: DTZ007 - the caller knows its zone
    except ValueError:
        local = None
    if local is None or local.strftime(form) != text:
        raise ValueError("is not a time such as " + dt.datetime(2010, 12, 31, 8, 26).strftime(form))  # noqa: DTZ001
    return local
