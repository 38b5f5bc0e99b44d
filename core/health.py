"""Is this process alive, and can it serve? For load balancers and supervisors; neither authenticated nor throttled."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.urls import path
from psycopg_pool import PoolTimeout
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.api.renderers import json_response

log = structlog.get_logger("health")

_LOOK_AGAIN_AFTER = 5.0
"""Seconds between looks for unapplied migrations while there are some."""


def live(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The process answers; asks nothing else."""
    return json_response({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The database and Redis answer, and the database has this code's schema."""
    checks = {"database": _passes("database", _database_answers), "redis": _passes("redis", _redis_answers)}
    # A database that doesn't answer isn't asked twice: each asking waits for the pool's timeout.
    checks["migrations"] = checks["database"] and _passes("migrations", _migrations.all_applied)
    passed = all(checks.values())
    response = json_response(
        {"status": "ok" if passed else "unavailable", "checks": checks},
        status=200 if passed else 503,
        headers={"Cache-Control": "no-store"},
    )
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _passes(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, InterfaceError, PoolTimeout, redis.RedisError) as error:
        log.warning("not ready", check=name, error=str(error).strip()[:300])
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _redis_answers() -> bool:
    return bool(_redis(settings.REDIS_URL).ping())


@functools.cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


class _Migrations:
    """Applied migrations stay applied while a process lives, so the answer "all of them" is kept for good."""

    def __init__(self) -> None:
        self._applied = False
        self._look_at = 0.0

    def all_applied(self) -> bool:
        if not self._applied and time.monotonic() >= self._look_at:
            executor = MigrationExecutor(connection)
            self._applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            self._look_at = time.monotonic() + _LOOK_AGAIN_AFTER
        return self._applied


_migrations = _Migrations()

urlpatterns = [path("live", live, name="live"), path("ready", ready, name="ready")]
