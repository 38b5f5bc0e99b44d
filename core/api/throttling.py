"""An exact limit per client, counted in Redis by one script. Without Redis the door stays open."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from uuid import UUID

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.api.problems import ApiProblem

log = structlog.get_logger("http")

_TIMEOUT = 0.1
"""Seconds that a request waits for Redis at most."""

_PAUSE = 5.0
"""Seconds without asking Redis again after it failed, so that a dead one doesn't slow every request."""

_WINDOWS = {"s": 1, "sec": 1, "min": 60, "m": 60, "hour": 3600, "h": 3600}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# A window begins with its first request. Returns the count and the milliseconds that are left of the window.
_COUNT = """
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
"""


class TooManyRequests(ApiProblem):
    status_code = 429
    default_code = "too_many_requests"


@dataclass(frozen=True)
class Limit:
    """`quota` requests per `window` seconds."""

    name: str
    quota: int
    window: int


@dataclass(frozen=True)
class Standing:
    """Where a client stands in its window: requests left, and seconds until it starts anew."""

    limit: Limit
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        name = self.limit.name
        return {
            "RateLimit-Policy": f'"{name}";q={self.limit.quota};w={self.limit.window}',
            "RateLimit": f'"{name}";r={self.remaining};t={self.reset}',
        }


def take(client_id: UUID, method: str) -> Standing | None:
    """Count one request. None where nothing is limited: no limit is set, or Redis doesn't answer."""
    limit = _limit("read" if method in _SAFE_METHODS else "write")
    return None if limit is None else _counter().take(client_id, limit)


def take_from(client_id: UUID, name: str) -> Standing | None:
    """Count one request against the limit of that name in RATE_LIMITS, beside those of reading and writing."""
    limit = _limit(name)
    return None if limit is None else _counter().take(client_id, limit)


def require(standing: Standing) -> None:
    """Raises TooManyRequests when the window's quota is used up."""
    if standing.exceeded:
        raise TooManyRequests(
            f"At most {standing.limit.quota} {standing.limit.name} requests per {standing.limit.window} seconds.",
            headers={"Retry-After": str(standing.reset)},
        )


class Counter:
    """Counts in one Redis; after a failure it lets everything pass for a while without asking."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
        )
        self._script = self._redis.register_script(_COUNT)
        self._asks_again_at = 0.0

    def take(self, client_id: UUID, limit: Limit) -> Standing | None:
        if time.monotonic() < self._asks_again_at:
            return None
        try:
            count, left = self._script(keys=[f"limit:{limit.name}:{client_id}"], args=[limit.window * 1000])
        except redis.RedisError as error:
            self._asks_again_at = time.monotonic() + _PAUSE
            log.warning("rate limit not counted: Redis does not answer", error=str(error), pause=_PAUSE)
            return None
        return Standing(limit, max(0, limit.quota - count), max(1, -(-left // 1000)), count > limit.quota)


def _limit(name: str) -> Limit | None:
    return _parsed(name, settings.RATE_LIMITS.get(name)) if settings.RATE_LIMITS else None


@functools.cache
def _parsed(name: str, text: str | None) -> Limit | None:
    """ "3000/min" → Limit(name, 3000, 60)."""
    if not text:
        return None
    quota, _, window = text.partition("/")
    return Limit(name, int(quota), _WINDOWS[window])


def _counter() -> Counter:
    return _counter_for(settings.REDIS_URL)


@functools.cache
def _counter_for(url: str) -> Counter:
    return Counter(url)
