"""Clocks of core: the relay's sweeps, jobs, and housekeeping."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.consumers.actions import forget_old
from core.idempotency import purge_expired
from core.jobs import sweeps
from core.lanes import lane_named
from core.locks import one_at_a_time, session_place
from core.relay import fan_out, purge_delivered, run_relay
from core.sinks.working import purge_hours, work
from core.wakeups import RELAY_LINGER

RELAY_SECONDS = 60.0
"""After which a relay begins nothing more; with a lane's deadline, well below the time limit of a task."""

JOBS_SECONDS = 150.0
"""Well below the time limit of a task: a batch under way is still finished."""


@shared_task
def relay(lane: str) -> int:
    """Relay what is due in a lane. Run by hints and, every few seconds, by the lane's sweep.

    As many at a time as the lane has places. The first lingers for what comes next, of threads, which cost little, as
    many as one target may occupy; the others help with what there is and leave. One that finds no place fans out: the
    events may be other lanes' business, which don't wait for this one.
    """
    works_in = lane_named(lane)
    with session_place(f"core.relay:{lane}", places=works_in.concurrency) as place:
        if place is None:
            return fan_out()
        lingers = place < (works_in.per_target if works_in.threaded else 1)
        return run_relay(works_in, seconds=RELAY_SECONDS, linger=RELAY_LINGER if lingers else 0.0)


@shared_task
def work_sink(name: str) -> int:
    """Send a sink what the log has for it. Run by hints and, every few seconds, by the sink's sweep.

    One that another worker has, that is paused, or that the settings have no more, is left alone.
    """
    sink = settings.EVENT_SINKS.get(name)
    return 0 if sink is None else work(sink, seconds=RELAY_SECONDS, linger=RELAY_LINGER)


@shared_task
def purge() -> None:
    """Forget what is past its keeping time: remembered responses, finished deliveries, hours of sinks, and what refused
    messages said.
    """
    purge_expired(timezone.now())
    purge_delivered()
    purge_hours()
    forget_old(timezone.now())


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
