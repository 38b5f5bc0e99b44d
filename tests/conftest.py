"""What every test stands on: the embedded servers (or those of DATABASE_URL and REDIS_URL), Django set up, and which
tests run: those marked `slow` only with --all, which also lets the state machines run at full length."""

import gc
import os
from collections import Counter
from typing import Any

import django
import pytest

from deploy.local import attach

RUNS_ALL = "TEST_ALL"


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
# One that nobody answers for: what is asked of it waits, unless a test runs its own (tests/factories/gateways.py).
os.environ["PAYMENT_GATEWAYS"] = (
    '{"fake": {"adapter": "orders.payments.gateways.http.HttpGateway", "url": "http://127.0.0.1:9", "secret": "s"}}'
)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django is set up now
from django.db import connection  # noqa: E402

from tests import emptying  # noqa: E402

# The client of each test loads the middleware anew: a static file is looked for when it is asked for, not all of them
# each time.
settings.WHITENOISE_AUTOREFRESH = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too: kills, soaks, full state machines")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--all"):
        os.environ[RUNS_ALL] = "1"  # tests/machines.py reads it as the test modules are imported


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow ones out unless they were asked for, with --all or by their own address."""
    asked = any("::" in argument for argument in config.args)
    slow = [] if config.getoption("--all") or asked else [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
    items[:] = long_first(items)
    output = getattr(config, "workeroutput", None)
    if output is None:
        _left_out[""] = len(slow)
    else:
        output["slow"] = len(slow)


def pytest_collection_finish() -> None:
    """As the web processes do: what is there to stay is not looked through again with each collection of garbage."""
    gc.collect()
    gc.freeze()


def long_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Each of two workers starts with the longest of its half, so that neither ends alone with one of them."""
    long = [item for item in items if item.get_closest_marker("machine")]
    rest = [item for item in items if item not in set(long)]
    return [*long[::2], *rest[: len(rest) // 2], *long[1::2], *rest[len(rest) // 2 :]]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker of pytest-xdist collects all tests, so each left out the same ones."""
    _left_out[""] = max(_left_out[""], getattr(node, "workeroutput", {}).get("slow", 0))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly what was not tested, and why."""
    reasons: Counter[str] = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    if not reasons and not _left_out[""]:
        return
    terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")
    if _left_out[""]:
        terminalreporter.write_line(f"{_left_out['']} slow: ./run test --all runs them")


_left_out: Counter[str] = Counter()


def _reason(report: Any) -> str:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(said).removeprefix("Skipped: ")


def commit_without_waiting_for_the_disk() -> None:
    """Of every process on the tests' database. Tests that kill a server have one of their own, which does wait."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off")
    connection.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        commit_without_waiting_for_the_disk()
        emptying.keep_what_migrations_made()


emptying.install()
