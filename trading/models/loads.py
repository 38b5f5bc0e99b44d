from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.models import Versioned
from core.operations import transition
from trading.querysets import LoadQuerySet
from trading.statuses import LOAD_MOVES, LoadStatus


class Load(FSMModelMixin, Versioned):
    """A file of book orders on its way into the book, and how far it has come.

    Every batch of it commits together with the counters here, so a run that dies goes on where the last batch ended.
    """

    subject_type: ClassVar[str] = "load"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField("file", max_length=200)
    object_key = models.CharField(max_length=300, unique=True, editable=False, help_text="Where the store keeps it.")
    status = FSMField(default=LoadStatus.WAITING, choices=LoadStatus.choices, protected=True, max_length=10)
    size = models.BigIntegerField(default=0, editable=False, help_text="Bytes of the file.")
    bytes_read = models.BigIntegerField(default=0, editable=False)
    lines_read = models.BigIntegerField(default=0, editable=False, help_text="Lines of the file, its header included.")
    added = models.BigIntegerField(default=0, editable=False)
    unchanged = models.BigIntegerField(default=0, editable=False, help_text="Rows that were in the book already.")
    rejected = models.BigIntegerField(default=0, editable=False)
    failure = models.CharField(max_length=500, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = LoadQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=0, bytes_read__gte=0, lines_read__gte=0, added__gte=0, unchanged__gte=0)
                & Q(rejected__gte=0),
                name="load_counts_up",
            )
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="load_of_client"),
            models.Index(fields=["id"], name="load_to_run", condition=Q(status__in=["queued", "running"])),
            models.Index(fields=["id"], name="load_waiting", condition=Q(status="waiting")),
        ]
        triggers = [
            pgtrigger.FSM(name="load_status_moves", field="status", transitions=LOAD_MOVES),
            pgtrigger.Protect(name="load_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def progress(self) -> float:
        """How much of its file was read: 0 to 1."""
        if self.status == LoadStatus.FINISHED:
            return 1.0
        return self.bytes_read / self.size if self.size else 0.0

    @transition(status, source=[LoadStatus.WAITING, LoadStatus.FAILED], target=LoadStatus.QUEUED, label="Queue")
    def enqueue(self, *, size: int) -> None:
        """Its file is there (again)."""
        self.size = size
        self.failure = ""
        self.finished_at = None

    @transition(status, source=LoadStatus.QUEUED, target=LoadStatus.RUNNING, label="Start")
    def start(self, *, at: dt.datetime) -> None:
        """A worker reads it."""
        self.started_at = self.started_at or at

    @transition(status, source=LoadStatus.RUNNING, target=LoadStatus.FINISHED, label="Finish")
    def finish(self, *, at: dt.datetime) -> None:
        """Every line was read."""
        self.finished_at = at

    @transition(
        status,
        source=[LoadStatus.WAITING, LoadStatus.QUEUED, LoadStatus.RUNNING],
        target=LoadStatus.FAILED,
        label="Fail",
        advised=False,
    )
    def fail(self, *, failure: str, at: dt.datetime) -> None:
        """Its file is missing or is no such file; what was read of it stays."""
        self.failure = failure
        self.finished_at = at


class RejectedRow(models.Model):
    """A row of a load that did not go into the book, and why."""

    id = models.BigAutoField(primary_key=True)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="rejects", db_index=False)
    line = models.BigIntegerField(help_text="In the file; the header is line 1.")
    row = models.TextField(help_text="As it stands in the file.")
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["load", "line"]
        constraints = [models.UniqueConstraint(fields=["load", "line"], name="rejected_row_once_per_line")]
        triggers = [pgtrigger.Protect(name="rejected_row_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
