"""Runs a job, one run at a time, until it ends, is stopped, or its time is up."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import closing

from core.actors import Actor
from core.files import ObjectMissing
from core.files.tables import UnfitFile
from core.jobs.actions import bring_batch, fail_job, finish_job, start_job
from core.jobs.errors import JobBusy
from core.jobs.kinds import OpenAt, kind_of
from core.locks import session_lock
from core.models import Job, JobStatus


def run_job(
    job_id: uuid.UUID,
    *,
    open_at: OpenAt,
    actor: Actor,
    told: Callable[[Job], None] = lambda _job: None,
    stop: Callable[[], bool] = lambda: False,
) -> Job:
    """Do a queued job, or what an earlier run left of it. A paused one or one that has ended stays as it is.

    `told` hears of every batch; after each, `stop` is asked whether to leave the rest to a later run. Raises JobBusy
    while another run is at it, JobMovedOn when another took over, and what `open_at` raises.
    """
    with session_lock(f"core.job:{job_id}") as held:
        if not held:
            raise JobBusy(Job.objects.get(pk=job_id).name)
        job = start_job(job_id, actor=actor)
        if job.status != JobStatus.RUNNING:
            return job
        try:
            return _run(job, open_at, actor, told, stop)
        except ObjectMissing:
            return fail_job(job_id, failure="The store has no such file any more.", actor=actor)
        except UnfitFile as refusal:
            failure = f"{refusal.detail} {refusal.unblock}"
            return fail_job(job_id, failure=failure, event=f"{refusal.title}.", actor=actor)


def _run(job: Job, open_at: OpenAt, actor: Actor, told: Callable[[Job], None], stop: Callable[[], bool]) -> Job:
    with closing(kind_of(job).batches(job, open_at)) as batches:
        for batch in batches:
            job = bring_batch(job.pk, batch)
            if job.status != JobStatus.RUNNING:
                return job
            told(job)
            if stop():
                return job
    if job.position != job.total:
        failure = f"The file ends at {job.position:,} and came to {job.total:,} when it was queued."
        return fail_job(job.pk, failure=failure, actor=actor)
    return finish_job(job.pk, actor=actor)
