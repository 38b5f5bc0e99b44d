"""What was heard last of each key, so that a message that comes too late has no effect."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping

from django.db import connection
from django.utils import timezone

from core.errors import InvalidInput

AHEAD = dt.timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""

_HEAR = """
INSERT INTO core_heardkey AS heard (kind, key, as_of)
SELECT %s, key, as_of FROM unnest(%s::uuid[], %s::timestamptz[]) AS said (key, as_of) ORDER BY key
ON CONFLICT (kind, key) DO UPDATE SET as_of = EXCLUDED.as_of WHERE heard.as_of < EXCLUDED.as_of
RETURNING key
"""


def require_not_ahead(as_of: dt.datetime) -> None:
    """Raises InvalidInput for a time to come: until then, nothing else would be heard of its key."""
    if as_of > timezone.now() + AHEAD:
        raise InvalidInput.at("/as_of", "as_of_to_come", "This is a time to come; nobody can know what will be so.")


def hear(kind: str, said: Mapping[str, dt.datetime]) -> set[str]:
    """Note as of when each key was heard of; returns those of which nothing as late was heard before.

    One statement. It belongs in the part of the action that it lets happen, and is undone with it.
    """
    digests = {_digest(key): key for key in said}
    with connection.cursor() as cursor:
        cursor.execute(_HEAR, [kind, list(digests), [said[key] for key in digests.values()]])
        return {digests[digest] for (digest,) in cursor.fetchall()}


def _digest(key: str) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.blake2b(key.encode(), digest_size=16).digest())
