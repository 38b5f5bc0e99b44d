"""JSON values out of Python ones: UUIDs and times become strings, everything else is refused rather than guessed."""

from typing import Any

import orjson


def to_json(value: Any) -> Any:
    """The same structure with UUIDs as text and datetimes as RFC 3339 UTC.

    Raises TypeError for what JSON has no form for.
    """
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS))
