"""What every test stands on: the embedded servers (or those of DATABASE_URL and REDIS_URL), and Django set up."""

import os
from collections.abc import Iterable

import django

from core.embedded import attach


def use_own_redis_database() -> None:
    """Of the embedded server: not the running shop's (0) nor, under pytest-xdist, that of another of its workers."""
    base, _, _ = os.environ["REDIS_URL"].rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["REDIS_URL"] = f"{base}/{1 + worker % 15}"


# Before anything reads the settings. The workers of pytest-xdist inherit the URLs, so only the first process attaches.
if "REDIS_URL" not in os.environ:
    os.environ["TEST_REDIS"] = "embedded"
attach()
if os.environ.get("TEST_REDIS") == "embedded":
    use_own_redis_database()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()


def flush_past_the_triggers() -> None:
    """Let tests with transactions of their own empty the tables after them: the product refuses TRUNCATE.

    Only what Django's flush does is let through; a TRUNCATE of a test's own is refused as anybody's.
    """
    from django.db.backends.base.operations import BaseDatabaseOperations

    flush = BaseDatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    BaseDatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]


flush_past_the_triggers()
