"""What the environment must say before the product starts."""

from __future__ import annotations

from django.conf import settings


def test_dates_are_kept_in_utc() -> None:
    assert (settings.USE_TZ, settings.TIME_ZONE) == (True, "UTC")
