"""A form acts once, however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from redis.exceptions import RedisError

from core.errors import DomainError

REMEMBERED = 24 * 3600
"""Seconds for which a sent form is known."""


class AlreadySent(DomainError):
    code = "already_sent"
    title = "Already sent"


class NotSure(DomainError):
    code = "submission_unknown"
    status = 503
    title = "Temporarily unavailable"


def new_token() -> str:
    return secrets.token_urlsafe(18)


@contextmanager
def once(token: str) -> Iterator[None]:
    """Let a token pass one time; when what follows is refused the token may be used again.

    Raises AlreadySent for a used or missing token, NotSure when Redis cannot say.
    """
    key = f"console:sent:{token[:64]}"
    try:
        fresh = bool(token) and cache.add(key, 1, REMEMBERED)
    except RedisError:
        raise NotSure("It cannot be known now whether this form was sent before.", unblock="Try again soon.") from None
    if not fresh:
        raise AlreadySent("This form was sent before; it acted once.", unblock="Open it anew to do the same again.")
    try:
        yield
    except Exception:
        cache.delete(key)
        raise
