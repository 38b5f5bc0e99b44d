"""JSON values out of Python ones: UUIDs and times become strings, everything else is refused rather than guessed."""

import datetime as dt
from typing import Any

import orjson

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def to_json(value: Any) -> Any:
    """The same structure with UUIDs as text and datetimes as RFC 3339 UTC; a datetime without a zone counts as UTC.

    Raises TypeError for what JSON has no form for.
    """
    return orjson.loads(orjson.dumps(value, default=_in_utc, option=_OPTIONS))


def _in_utc(value: Any) -> str:
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
