"""Jobs are opened, queued, started, paused, resumed, cancelled, finished or failed here, and brought on by batches."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError, NotFound, StaleVersion
from core.files.records import Rejected
from core.ids import new_id
from core.jobs.errors import JobFileChanged, JobMovedOn
from core.jobs.events import (
    JobCancelled,
    JobFailed,
    JobFinished,
    JobOpened,
    JobPaused,
    JobQueued,
    JobResumed,
    JobStarted,
)
from core.jobs.kinds import Batch, Outcome
from core.models import Job, JobStatus
from core.operations import done_already, find_operation
from core.outbox import record
from core.transactions import StartOver, action, starting_over, step, unit_of_work
from core.wakeups import wake

RUN_JOBS = "core.tasks.run_jobs"
_STOPPED = frozenset({JobStatus.PAUSED, JobStatus.CANCELLED})


def file_key_of(job_id: uuid.UUID) -> str:
    """What the store calls the file that is uploaded for this job."""
    return f"jobs/{job_id}"


@action
def open_job(
    kind: str,
    *,
    name: str,
    client_id: uuid.UUID | None,
    actor: Actor,
    job_id: uuid.UUID | None = None,
    file_key: str = "",
    options: Mapping[str, Any] | None = None,
) -> Job:
    """A job that waits for its file, which the store is to keep under `file_key`, or that of its id."""
    return _open(kind, name, client_id, actor, job_id=job_id, file_key=file_key, options=options)


@action
def open_queued_job(
    kind: str,
    *,
    name: str,
    client_id: uuid.UUID | None,
    job_id: uuid.UUID,
    total: int,
    actor: Actor,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """A job whose file, of `total` bytes, the store has already under the key of its id: a worker may run it."""
    job = _open(kind, name, client_id, actor, job_id=job_id, options=options)
    _enqueue(job, total, actor)
    return job


@step
def _open(
    kind: str,
    name: str,
    client_id: uuid.UUID | None,
    actor: Actor,
    *,
    job_id: uuid.UUID | None,
    file_key: str = "",
    options: Mapping[str, Any] | None = None,
) -> Job:
    job = Job(pk=job_id or new_id(), kind=kind, name=name[:200], client_id=client_id, options=dict(options or {}))
    job.file_key = file_key or file_key_of(job.pk)
    job.actor_kind, job.actor_id, job.actor_name = actor.kind, actor.id, actor.name
    record(JobOpened(kind), subject=job, actor=actor)
    job.save(force_insert=True)
    return job


@action
def queue_job(job_id: uuid.UUID, *, total: int, actor: Actor, expected_version: int | None = None) -> Job:
    """The file of a job has come, or its failure is mended: a worker may run it. Queued already, it stays as it is.

    Raises NotFound, StaleVersion, JobFileChanged.
    """
    job = _lock(job_id, expected_version)
    if job.status not in {JobStatus.WAITING, JobStatus.FAILED}:
        return job
    if job.position and total != job.total:
        raise JobFileChanged(before=job.total, after=total)
    _enqueue(job, total, actor)
    return job


@step
def _enqueue(job: Job, total: int, actor: Actor) -> None:
    job.enqueue(total=total)
    record(JobQueued(job.kind, total), subject=job, actor=actor)
    job.save(update_fields=["status", "total", "failure", "finished_at"])
    _wake_for(job)


@action
def start_job(job_id: uuid.UUID, *, actor: Actor) -> Job:
    """A run begins, if the job is queued; of any other status it stays as it is. Raises NotFound."""
    job = _lock(job_id)
    if job.status == JobStatus.QUEUED:
        job.start(at=timezone.now())
        record(JobStarted(job.kind), subject=job, actor=actor)
        job.save(update_fields=["status", "started_at"])
    return job


def bring_batch(job_id: uuid.UUID, batch: Batch) -> Job:
    """Do one batch and note it, in one durable transaction. Of a job that was paused or cancelled nothing is done.

    Raises NotFound, JobMovedOn when the batch doesn't begin where the job is, StartOver when that doesn't help, and
    what `batch.bring` raises.
    """
    try:
        return starting_over(lambda: _bring(job_id, batch, batch.bring))
    except (JobMovedOn, StartOver):
        raise
    except DomainError as error:
        if batch.refused is None:
            raise
        refusal = batch.refused(error)
    return _bring(job_id, batch, lambda: refusal)


@action
def pause_job(job_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Job:
    """The batch under way is still done; paused already, it stays so.

    Raises NotFound, StaleVersion, OperationRefused.
    """
    job = _lock(job_id, expected_version)
    if done_already(job, find_operation(Job, "pause")):
        return job
    job.pause()
    record(JobPaused(job.kind), subject=job, actor=actor)
    job.save(update_fields=["status"])
    return job


@action
def resume_job(job_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Job:
    """It is queued where it was; queued already, it stays so. Raises NotFound, StaleVersion, OperationRefused."""
    job = _lock(job_id, expected_version)
    if done_already(job, find_operation(Job, "resume")):
        return job
    job.resume()
    record(JobResumed(job.kind), subject=job, actor=actor)
    job.save(update_fields=["status"])
    _wake_for(job)
    return job


@action
def cancel_job(job_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Job:
    """What was done of it stays; cancelled already, it stays so. Raises NotFound, StaleVersion, OperationRefused."""
    job = _lock(job_id, expected_version)
    if done_already(job, find_operation(Job, "cancel")):
        return job
    job.cancel(at=timezone.now())
    record(JobCancelled(job.kind), subject=job, actor=actor)
    job.save(update_fields=["status", "finished_at"])
    return job


@action
def finish_job(job_id: uuid.UUID, *, actor: Actor) -> Job:
    """All of it was done. Finished already, paused or cancelled, it stays as it is. Raises NotFound, JobMovedOn."""
    job = _lock(job_id)
    if job.status == JobStatus.FINISHED or job.status in _STOPPED:
        return job
    if job.status != JobStatus.RUNNING or job.position != job.total:
        raise JobMovedOn(job.get_status_display().lower())
    job.finish(at=timezone.now())
    record(JobFinished(job.kind, job.added, job.unchanged, job.rejected), subject=job, actor=actor)
    job.save(update_fields=["status", "finished_at"])
    return job


@action
def fail_job(job_id: uuid.UUID, *, failure: str, actor: Actor, event: str = "") -> Job:
    """Its file is missing, or is another than it was. What was done of it stays. Raises NotFound, OperationRefused.

    `event` says it without what somebody typed, where `failure` repeats that.
    """
    job = _lock(job_id)
    job.fail(failure=failure, at=timezone.now())
    record(JobFailed(job.kind, event or failure), subject=job, actor=actor)
    job.save(update_fields=["status", "failure", "finished_at"])
    return job


@step
def _lock(job_id: uuid.UUID, expected_version: int | None = None) -> Job:
    job = _locked(job_id)
    if expected_version is not None and expected_version != job.version:
        raise StaleVersion(expected=expected_version, actual=job.version)
    return job


def _locked(job_id: uuid.UUID) -> Job:
    job = Job.objects.locked().filter(pk=job_id).first()
    if job is None:
        raise NotFound("There is no such job.")
    return job


def _wake_for(job: Job) -> None:
    if not job.is_by_command:
        transaction.on_commit(lambda: wake(RUN_JOBS))


def _bring(job_id: uuid.UUID, batch: Batch, bring: Callable[[], Outcome]) -> Job:
    with unit_of_work():
        job = _locked(job_id)
        if job.status in _STOPPED:
            return job
        if job.status != JobStatus.RUNNING or job.position != batch.begins_at:
            raise JobMovedOn(job.get_status_display().lower())
        _note(job, batch, bring())
    return job


def _note(job: Job, batch: Batch, outcome: Outcome) -> None:
    """How far the job has come with this batch."""
    if outcome.rejected:
        _note_rejected(job, outcome.rejected)
    job.position, job.lines_read, job.columns = batch.ends_at, batch.lines, list(batch.columns)
    job.added += outcome.added
    job.unchanged += outcome.unchanged
    job.rejected += len(outcome.rejected)
    job.save(update_fields=["position", "lines_read", "columns", "added", "unchanged", "rejected"])


def _note_rejected(job: Job, rejected: Iterable[Rejected]) -> None:
    with connection.cursor() as cursor:
        statement = "COPY core_rejectedrow (job_id, line, row, code, reason) FROM STDIN"
        with cursor.cursor.copy(statement) as copy:
            for each in rejected:
                copy.write_row((job.pk, each.line, each.text, each.code, each.reason[:300]))
