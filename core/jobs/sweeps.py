"""What finds jobs to run, and files that came although nobody told."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import structlog
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError
from core.files import object_store
from core.jobs.actions import fail_job, queue_job
from core.jobs.errors import JobBusy, JobMovedOn
from core.jobs.running import run_job
from core.models import Job, JobStatus

logger = structlog.get_logger(__name__)

WORKER = Actor.system("jobs")
JOBS = 100
TURN_SECONDS = 30.0
"""So long is a job run before the next has its turn: a small file doesn't wait for a large one."""
GIVE_UP_AFTER = dt.timedelta(days=1)


def run_due_jobs(*, seconds: float) -> int:
    """Run the jobs that are queued, and those that a run left in the middle, in turns; returns how many ended.

    Stops between two batches when the time is up; the next sweep goes on there.
    """
    deadline = time.monotonic() + seconds
    ended, going = 0, True
    while going and time.monotonic() < deadline:
        going = False
        for job in Job.objects.to_run()[:JOBS]:
            if time.monotonic() >= deadline:
                break
            after = _run(job, stop=_passed(min(deadline, time.monotonic() + TURN_SECONDS)))
            ended += after is not None and after.has_ended
            going |= after is not None and after.status == JobStatus.RUNNING
    return ended


def find_files() -> int:
    """Queue the jobs whose file came although nobody told; give up those that waited too long. Returns how many."""
    return sum(_find(job) for job in Job.objects.waiting().order_by("id")[:JOBS])


def _run(job: Job, *, stop: Callable[[], bool]) -> Job | None:
    """None if it isn't run now. What goes wrong is logged, and holds up no other job; the next sweep tries again."""
    try:
        return run_job(job.pk, open_at=partial(_open, job.file_key), actor=WORKER, stop=stop)
    except (JobBusy, JobMovedOn):
        return None
    except Exception:
        logger.exception("job_interrupted", job=str(job.pk))
        return None


def _passed(moment: float) -> Callable[[], bool]:
    return lambda: time.monotonic() >= moment


def _open(key: str, at: int) -> BinaryIO:
    return object_store().open(key, at=at)


def _find(job: Job) -> bool:
    try:
        size = object_store().size(job.file_key)
        if size is not None:
            queue_job(job.pk, total=size, actor=WORKER)
        elif job.created_at < timezone.now() - GIVE_UP_AFTER:
            fail_job(job.pk, failure="No file came within a day.", actor=WORKER)
        else:
            return False
    except DomainError as error:
        logger.warning("file_not_found", job=str(job.pk), error=error.detail)
        return False
    return True
