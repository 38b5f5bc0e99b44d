from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.actors import Actor, ActorKind
from core.models.text import LineField
from core.models.versioned import Versioned
from core.operations import transition
from core.triggers import kept, permanent

BY_COMMAND = "command/"
"""How the keys of files begin that are read where they lie, by the command that was given them."""


class JobStatus(models.TextChoices):
    WAITING = "waiting", "Waiting for its file"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


JOB_MOVES = [
    ("waiting", "queued"),
    ("waiting", "failed"),
    ("waiting", "cancelled"),
    ("queued", "running"),
    ("queued", "paused"),
    ("queued", "failed"),
    ("queued", "cancelled"),
    ("running", "paused"),
    ("running", "finished"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("paused", "queued"),
    ("paused", "cancelled"),
    ("failed", "queued"),
]
"""Every move that the database's own trigger lets through; a test holds it against the transitions of the model."""

TO_RUN = (JobStatus.QUEUED, JobStatus.RUNNING)
ENDED = (JobStatus.FINISHED, JobStatus.FAILED, JobStatus.CANCELLED)


class JobQuerySet(models.QuerySet["Job"]):
    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))

    def for_workers(self) -> Self:
        """Those that any worker may run: no command on some machine has their file."""
        return self.exclude(file_key__startswith=BY_COMMAND)

    def waiting(self) -> Self:
        return self.for_workers().filter(status=JobStatus.WAITING)

    def to_run(self) -> Self:
        """Queued, or left behind by a run that ended in the middle. The oldest comes first."""
        return self.for_workers().filter(status__in=TO_RUN).order_by("id")


class Job(FSMModelMixin, Versioned):
    """Work in batches, and how far it has come: `position` of `total`, in what its kind counts in.

    Every batch commits together with the counters here, so a run that dies goes on where the last batch ended.
    """

    subject_type: ClassVar[str] = "job"

    kind = models.CharField(max_length=40, editable=False)
    name = LineField(max_length=200, help_text="For people; that of its file, if it has one.")
    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    file_key = models.CharField(
        max_length=300, unique=True, editable=False, help_text="Where the store keeps its file."
    )
    options = models.JSONField(default=dict, editable=False)
    status = FSMField(default=JobStatus.WAITING, choices=JobStatus.choices, protected=True, max_length=10)
    total = models.BigIntegerField(default=0, editable=False)
    position = models.BigIntegerField(default=0, editable=False)
    lines_read = models.BigIntegerField(default=0, editable=False, help_text="Lines of the file, its header included.")
    columns = ArrayField(
        models.CharField(max_length=40),
        default=list,
        db_default=[],
        editable=False,
        help_text="Of its file, in the file's order.",
    )
    added = models.BigIntegerField(default=0, editable=False)
    unchanged = models.BigIntegerField(default=0, editable=False, help_text="What was there already.")
    rejected = models.BigIntegerField(default=0, editable=False, help_text="Rows that were set aside.")
    failure = models.CharField(max_length=500, blank=True, default="", editable=False)
    actor_kind = models.CharField(max_length=10, editable=False)
    actor_id = models.CharField(max_length=64, editable=False)
    actor_name = models.CharField(max_length=150, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=0, position__gte=0, lines_read__gte=0, added__gte=0, unchanged__gte=0)
                & Q(rejected__gte=0),
                name="job_counts_up",
            ),
            models.CheckConstraint(
                condition=~Q(status=JobStatus.FINISHED) | Q(position=F("total")), name="job_finishes_at_its_end"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, finished_at__isnull=False)
                | (~Q(status__in=ENDED) & Q(finished_at__isnull=True)),
                name="job_ended_has_a_time",
            ),
            models.CheckConstraint(
                condition=(Q(status=JobStatus.FAILED) & ~Q(failure="")) | (~Q(status=JobStatus.FAILED) & Q(failure="")),
                name="job_failed_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "kind", "-id"], name="job_of_client"),
            models.Index(fields=["kind", "-id"], name="job_of_kind"),
            models.Index(fields=["id"], name="job_to_run", condition=Q(status__in=["queued", "running"])),
            models.Index(fields=["id"], name="job_waiting", condition=Q(status="waiting")),
        ]
        triggers = [
            pgtrigger.FSM(name="job_status_moves", field="status", transitions=JOB_MOVES),
            pgtrigger.Protect(
                name="job_begins_waiting", operation=pgtrigger.Insert, condition=~pgtrigger.Q(new__status="waiting")
            ),
            *kept("job"),
            pgtrigger.ReadOnly(
                name="job_is_what_it_is",
                fields=["kind", "client", "file_key", "actor_kind", "actor_id", "actor_name", "created_at"],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        """Who asked for it, on whose behalf it acts."""
        kind: ActorKind = self.actor_kind  # type: ignore[assignment]
        return Actor(kind, self.actor_id, self.actor_name)

    @property
    def progress(self) -> float:
        """0 to 1."""
        if self.status == JobStatus.FINISHED:
            return 1.0
        return min(self.position / self.total, 1.0) if self.total else 0.0

    @property
    def is_by_command(self) -> bool:
        """Whether it goes on only where its file lies, when the command is given again."""
        return self.file_key.startswith(BY_COMMAND)

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @transition(status, source=[JobStatus.WAITING, JobStatus.FAILED], target=JobStatus.QUEUED, label="Queue")
    def enqueue(self, *, total: int) -> None:
        """Its file is there (again)."""
        self.total = total
        self.failure = ""
        self.finished_at = None

    @transition(status, source=JobStatus.QUEUED, target=JobStatus.RUNNING, label="Start")
    def start(self, *, at: dt.datetime) -> None:
        """A worker or a command is at it."""
        self.started_at = self.started_at or at

    @transition(
        status, source=[JobStatus.QUEUED, JobStatus.RUNNING], target=JobStatus.PAUSED, label="Pause", advised=False
    )
    def pause(self) -> None:
        """Nothing more is done until it is resumed."""

    @transition(status, source=JobStatus.PAUSED, target=JobStatus.QUEUED, label="Resume")
    def resume(self) -> None:
        """It goes on where it was."""

    @transition(status, source=JobStatus.RUNNING, target=JobStatus.FINISHED, label="Finish")
    def finish(self, *, at: dt.datetime) -> None:
        """All of it was done."""
        self.finished_at = at

    @transition(
        status,
        source=[JobStatus.WAITING, JobStatus.QUEUED, JobStatus.RUNNING],
        target=JobStatus.FAILED,
        label="Fail",
        advised=False,
    )
    def fail(self, *, failure: str, at: dt.datetime) -> None:
        """Its file is missing or is no such file; what was done of it stays."""
        self.failure = failure
        self.finished_at = at

    @transition(
        status,
        source=[JobStatus.WAITING, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PAUSED],
        target=JobStatus.CANCELLED,
        label="Cancel",
        advised=False,
    )
    def cancel(self, *, at: dt.datetime) -> None:
        """Nobody wants the rest of it; what was done of it stays."""
        self.finished_at = at


class RejectedRow(models.Model):
    """A row of a job's file that was set aside, and why."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="rejects", db_index=False)
    line = models.BigIntegerField(help_text="In the file; the header is line 1.")
    row = models.TextField(help_text="As it stands in the file.")
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["job", "line"]
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="rejected_row_once_per_line")]
        triggers = permanent("rejected_row")

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
