"""Jobs that a command runs at once, from a file where it lies: with a bar, stopped by Ctrl-C, and going on again."""

from __future__ import annotations

import hashlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core.actors import Actor
from core.errors import DomainError
from core.files.tables import Layout, UnfitFile
from core.jobs.actions import open_job, queue_job, resume_job
from core.jobs.rejects import write_rejects
from core.jobs.running import run_job
from core.models import Client, Job, JobStatus
from core.models.jobs import BY_COMMAND

AGAIN = "Run the same command again to go on."
ROWS_REJECTED = 3
"""The exit status of a command that did its file to the end and set rows of it aside."""


def require_fit(file: Path, layout: Layout) -> None:
    """Raises CommandError when it cannot be read or has other columns, before anything is made for it."""
    try:
        with file.open("rb") as content:
            layout.check(content)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    except UnfitFile as refusal:
        raise CommandError(f"{file}: {refusal.detail} {refusal.unblock}") from refusal


def keep_rejects(job: Job, path: Path | None) -> Path:
    """Write them where write_rejects does. Raises CommandError."""
    try:
        return write_rejects(job, path)
    except OSError as error:
        raise CommandError(f"The rejected rows cannot be written ({error}); the console shows them.") from error


class RowsRejected(CommandError):
    """Ends a command whose file was brought in but for some rows, with a status of its own."""

    def __init__(self, rows: int, path: Path) -> None:
        super().__init__(f"{rows:,} rows were rejected; the reasons are in {path}", returncode=ROWS_REJECTED)


def job_of_file(
    kind: str,
    file: Path,
    *,
    client: Client,
    actor: Actor,
    total: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """The job of this very file that was stopped, else a new one; queued. `total` is the file's bytes by default."""
    digest, size = _digest(file)
    prefix = f"{BY_COMMAND}{kind}/{client.pk}/{digest}/"
    same = Job.objects.filter(file_key__startswith=prefix, options=dict(options or {}))
    job = same.exclude(status__in=[JobStatus.FINISHED, JobStatus.CANCELLED]).first() or open_job(
        kind, name=file.name, client_id=client.pk, actor=actor, file_key=prefix + str(time.time_ns()), options=options
    )
    if job.status == JobStatus.PAUSED:
        return resume_job(job.pk, actor=actor)
    return queue_job(job.pk, total=size if total is None else total, actor=actor)


def run_here(job: Job, file: Path, *, actor: Actor, unit: str, count: Callable[[Job], int]) -> Job:
    """Run the job to its end. Raises CommandError, in words, when it doesn't come there."""
    with _interruptions() as interrupted, _bar(unit) as bar:
        task = bar.add_task("Importing", total=job.total, completed=job.position, count=count(job), rate="")
        first, began = count(job), time.monotonic()

        def told(now: Job) -> None:
            rate = (count(now) - first) / (time.monotonic() - began)
            bar.update(task, completed=now.position, count=count(now), rate=f"{rate:,.0f}/s")

        try:
            job = run_job(job.pk, open_at=opener(file), actor=actor, told=told, stop=interrupted)
        except DomainError as error:
            raise CommandError(f"{error.detail} {error.unblock}") from error
    if job.status != JobStatus.FINISHED:
        raise _unfinished(job, f"after {count(job):,} {unit}, all of which are kept")
    return job


def _unfinished(job: Job, how_far: str) -> CommandError:
    if job.status == JobStatus.FAILED:
        return CommandError(job.failure)
    if job.status == JobStatus.CANCELLED:
        return CommandError(f"Cancelled {how_far}.")
    if job.status == JobStatus.PAUSED:
        return CommandError(f"Paused {how_far}. {AGAIN}")
    return CommandError(f"Stopped {how_far}. {AGAIN}", returncode=130)


def _digest(file: Path) -> tuple[str, int]:
    """What the file holds, and its bytes."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest(), content.tell()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error}") from error


def opener(file: Path) -> Callable[[int], BinaryIO]:
    """Opens the file at a byte."""

    def open_at(place: int) -> BinaryIO:
        content = file.open("rb")
        content.seek(place)
        return content

    return open_at


def _bar(unit: str) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[count]:,}} {unit}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def _interruptions() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed. The batch under way is finished first; pressed again it ends at once."""
    pressed: list[bool] = []

    def note(_signal: int, _frame: object) -> None:
        pressed.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
