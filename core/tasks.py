"""Clocks of core: the relay's sweep and housekeeping."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.api.idempotency import purge_expired
from core.relay import purge_delivered, run_relay
from core.wakeups import RELAY_LINGER


@shared_task
def relay() -> int:
    """Relay what is due; linger a moment for what a burst adds. Run by hints and, every 10 s, by the sweep."""
    return run_relay(seconds=120, linger=RELAY_LINGER)


@shared_task
def purge() -> None:
    """Forget remembered responses and finished deliveries that are past their keeping time."""
    purge_expired(timezone.now())
    purge_delivered()
