"""What every test stands on: the embedded servers (or those of DATABASE_URL and REDIS_URL), and Django set up."""

import os

import django

from deploy.local import attach


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
