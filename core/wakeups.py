"""Wake-up hints to the relay. The broker carries nothing else: a hint that is lost costs at most one sweep interval."""

from __future__ import annotations

import threading
import time

import structlog
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)

HINT_INTERVAL = 0.5
"""Seconds between two hints of one process; shorter than RELAY_LINGER, so that a relay is still awake for what comes between."""

RELAY_LINGER = 1.0
"""Seconds that a woken relay goes on looking after it found nothing."""


class _Hints(threading.local):
    sent_at: float = -HINT_INTERVAL


_hints = _Hints()


def wake_relay() -> None:
    """Hint that there are events to relay. Never raises: without a broker the sweep finds them."""
    now = time.monotonic()
    if now - _hints.sent_at < HINT_INTERVAL or not settings.RELAY_HINTS:
        return
    _hints.sent_at = now
    try:
        current_app.send_task("core.tasks.relay", retry=False, expires=60)
    except (OperationalError, OSError) as error:
        logger.warning("relay_hint_lost", error=str(error))
