"""What the environment must say before the product starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "QM_ENV": "production",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "orders.example.com",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
READ = "from config import settings as s; print(s.PRODUCTION, s.DEBUG, s.ALLOWED_HOSTS, s.DATABASES['default']['NAME'])"


def start(code: str = READ, **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process that has this environment and no more."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_production_starts_with_what_is_its_own() -> None:
    started = start(**PRODUCTION)
    assert (started.returncode, started.stdout) == (0, "True False ['orders.example.com'] none\n"), started.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("missing", [True, False], ids=["missing", "empty"])
def test_production_does_not_start_without(name: str, missing: bool) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != name} | ({} if missing else {name: ""})
    refused = start(**environment)
    assert refused.returncode != 0
    assert f"{name} must be set when QM_ENV=production" in refused.stderr


def test_production_does_not_start_with_debug_on() -> None:
    assert "DEBUG must be off" in start(**PRODUCTION, DEBUG="true").stderr


def test_an_environment_that_is_neither_is_refused() -> None:
    assert "it must be development or production" in start(QM_ENV="staging").stderr


def test_development_needs_nothing_and_guesses_no_server() -> None:
    started = start()
    assert started.returncode == 0, started.stderr
    assert started.stdout.startswith("False False ")
    assert "set-DATABASE_URL" in started.stdout


def test_dates_are_kept_in_utc() -> None:
    assert (settings.USE_TZ, settings.TIME_ZONE) == (True, "UTC")


@pytest.mark.parametrize(
    ("size", "kept_for", "pool"), [("1", 3600, None), ("4", 0, 4), ("", 0, 8)], ids=["one", "several", "unsaid"]
)
def test_a_single_connection_is_kept_and_several_are_pooled(size: str, kept_for: int, pool: int | None) -> None:
    read = (
        "from config import settings; d = settings.DATABASES['default'];"
        "print(d['CONN_MAX_AGE'], d['CONN_HEALTH_CHECKS'], (d['OPTIONS']['pool'] or {}).get('max_size'))"
    )
    started = start(read, **({"DATABASE_POOL_SIZE": size} if size else {}))
    assert started.stdout == f"{kept_for} {pool is None} {pool}\n", started.stderr
