"""How much an endpoint is sent, and how it fares with it: by hour, of the last day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST_READ = 50_000
"""Attempts that are looked at, the newest: an endpoint may have been sent more in a day than a page should wait for."""

_BY_HOUR = """
SELECT hour, count(*), count(*) FILTER (WHERE outcome <> 'delivered'), min(made_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY milliseconds)
FROM (SELECT date_bin('1 hour', made_at, %(since)s) AS hour, made_at, outcome, milliseconds FROM webhooks_attempt
      WHERE endpoint_id = %(endpoint)s AND made_at >= %(since)s ORDER BY made_at DESC LIMIT %(limit)s) newest
GROUP BY GROUPING SETS ((hour), ())
"""


@dataclass(frozen=True)
class Rate:
    """What an endpoint took, and what failed, since then. `hours` has (taken, failed) of each that has any.

    `begins` is later than what was asked for where there was more than is looked at. Milliseconds are those of all
    requests, and None without any.
    """

    begins: dt.datetime
    taken: int
    failed: int
    hours: Mapping[dt.datetime, tuple[int, int]]
    median: int | None = None
    slowest: int | None = None
    """What 95 of a hundred requests took at most."""


def rate_of(endpoint_id: uuid.UUID, since: dt.datetime, *, most: int = MOST_READ) -> Rate:
    """Hours are counted from `since` on."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_HOUR, {"endpoint": endpoint_id, "since": since, "limit": most})
        rows = cursor.fetchall()
    by_hour = {hour: (count - failed, failed) for hour, count, failed, *_ in rows if hour is not None}
    _, count, failed, oldest, median, slowest = next(row for row in rows if row[0] is None)
    begins = oldest if count == most else since
    return Rate(begins, count - failed, failed, by_hour, _whole(median), _whole(slowest))


def _whole(milliseconds: Any) -> int | None:
    return None if milliseconds is None else round(milliseconds)
