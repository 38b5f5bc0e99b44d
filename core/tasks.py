"""Clocks of core: the relay's sweep and housekeeping."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.api.idempotency import purge_expired
from core.locks import session_lock
from core.relay import purge_delivered, run_relay
from core.wakeups import RELAY_LINGER


@shared_task
def relay() -> int:
    """Relay what is due. Run by hints and, every 10 s, by the sweep.

    One at a time lingers for what comes next; more of them help with what there is and leave their places to others.
    """
    with session_lock("core.relay") as stays:
        return run_relay(seconds=120, linger=RELAY_LINGER if stays else 0.0)


@shared_task
def purge() -> None:
    """Forget remembered responses and finished deliveries that are past their keeping time."""
    purge_expired(timezone.now())
    purge_delivered()
