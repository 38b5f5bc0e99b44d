"""What the environment must say before the product starts."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest
from django.conf import settings

PRODUCTION = {
    "QM_ENV": "production",
    "SECRET_KEY": "q8Zr2vXk5Tn1Wb7Ym4Lc9Pd3Hs6Jf0Gt-aKeUiRoQyBxCzVwNm",
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


GUESSABLE = {
    "one character": "x",
    "49 characters": PRODUCTION["SECRET_KEY"][:49],
    "one character repeated": "k" * 50,
    "a word repeated": "changeme" * 8,
    "digits": "1234567890" * 6,
    "development's": settings.SECRET_KEY,
    "a template's": "django-insecure-" + PRODUCTION["SECRET_KEY"],
}


@pytest.mark.parametrize("key", GUESSABLE.values(), ids=GUESSABLE.keys())
def test_production_does_not_start_with_a_key_that_can_be_guessed(key: str) -> None:
    refused = start(**PRODUCTION | {"SECRET_KEY": key})
    assert refused.returncode != 0
    assert "SECRET_KEY can be guessed. Make one of 50 random characters or more" in refused.stderr
    assert key == "x" or key not in refused.stderr


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_a_random_key_of_any_alphabet_is_taken(make: Callable[[int], str]) -> None:
    keys = [make(32) + make(8) for _ in range(200)]
    assert {len(zlib.compress(key.encode(), 9)) > 48 for key in keys} == {True}
    assert start(**PRODUCTION | {"SECRET_KEY": keys[0]}).returncode == 0


@pytest.mark.parametrize("hosts", ["*", "orders.example.com, *", "*.example.com", ".", ".com", "https://a.example.com"])
def test_production_does_not_answer_to_any_name(hosts: str) -> None:
    refused = start(**PRODUCTION | {"ALLOWED_HOSTS": hosts})
    assert refused.returncode != 0
    assert "Name each host, without scheme" in refused.stderr


def test_hosts_may_have_blanks_between_them_and_stand_for_all_under_a_name() -> None:
    started = start(**PRODUCTION | {"ALLOWED_HOSTS": " a.example.com, .example.org ,"})
    assert started.stdout == "True False ['a.example.com', '.example.org'] none\n", started.stderr


TRANSPORT = (
    "from config import settings as s; print(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS,"
    " s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
)


def test_production_asks_for_tls_for_a_year_and_speaks_for_no_other_host() -> None:
    assert start(TRANSPORT, **PRODUCTION).stdout == "True 31536000 False False True True\n"


def test_what_tls_asks_for_can_be_said() -> None:
    said = {
        "SECURE_SSL_REDIRECT": "false", "SECURE_HSTS_SECONDS": "60", "SECURE_HSTS_INCLUDE_SUBDOMAINS": "true",
        "SECURE_HSTS_PRELOAD": "true",
    }  # fmt: skip
    assert start(TRANSPORT, **PRODUCTION, **said).stdout == "False 60 True True True True\n"


def test_the_deployment_check_finds_nothing() -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR, env={"PATH": os.environ["PATH"], **PRODUCTION}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("proxies", ["proxy", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_trusted_proxies_that_are_no_network_are_refused(proxies: str) -> None:
    refused = start(TRUSTED_PROXIES=proxies)
    assert refused.returncode != 0
    assert "TRUSTED_PROXIES are addresses, networks such as 10.0.0.0/8, or unix" in refused.stderr


RECEIVERS = "from config import settings as s; print(*s.WEBHOOK_ALLOWED_NETWORKS, s.WEBHOOK_HTTP)"


def test_webhooks_go_to_the_public_internet_alone_and_in_production_with_tls_alone() -> None:
    assert start(RECEIVERS).stdout == "True\n"
    assert start(RECEIVERS, **PRODUCTION).stdout == "False\n"


def test_networks_of_receivers_inside_can_be_said() -> None:
    said = {"WEBHOOK_ALLOWED_NETWORKS": " 10.1.0.0/24, fd00:1::5 ,", "WEBHOOK_HTTP": "true"}
    assert start(RECEIVERS, **PRODUCTION, **said).stdout == "10.1.0.0/24 fd00:1::5/128 True\n"


@pytest.mark.parametrize("networks", ["receiver", "10.0.0.1/8", "unix"])
def test_receivers_that_are_no_network_are_refused(networks: str) -> None:
    refused = start(WEBHOOK_ALLOWED_NETWORKS=networks)
    assert refused.returncode != 0
    assert "WEBHOOK_ALLOWED_NETWORKS are addresses and networks such as 10.1.0.0/24" in refused.stderr


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
