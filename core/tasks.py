"""Clocks of core: the relay's sweep, jobs, and housekeeping."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.api.idempotency import purge_expired
from core.jobs import sweeps
from core.locks import one_at_a_time, session_lock
from core.relay import purge_delivered, run_relay
from core.wakeups import RELAY_LINGER

JOBS_SECONDS = 150.0
"""Well below the time limit of a task: a batch under way is still finished."""


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


@shared_task
@one_at_a_time("core.run_jobs")
def run_jobs() -> int:
    """Run the jobs that are due; returns how many ended. On a queue of its own: deliveries never wait behind it."""
    return sweeps.run_due_jobs(seconds=JOBS_SECONDS)


@shared_task
@one_at_a_time("core.find_files")
def find_files() -> int:
    """Queue the jobs whose file came although nobody told; returns how many."""
    return sweeps.find_files()
