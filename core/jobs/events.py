"""What happened to a job. Its batches have no events: the counters of the last one tell it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import OwnersEvent


@dataclass(frozen=True)
class JobEvent(OwnersEvent):
    """`kind` is the job's, such as `book_import`."""

    kind: str


@dataclass(frozen=True)
class JobOpened(JobEvent):
    type: ClassVar[str] = "job.opened"


@dataclass(frozen=True)
class JobQueued(JobEvent):
    """`total` is in what the kind counts in: bytes, invoices."""

    type: ClassVar[str] = "job.queued"
    total: int


@dataclass(frozen=True)
class JobStarted(JobEvent):
    type: ClassVar[str] = "job.started"


@dataclass(frozen=True)
class JobPaused(JobEvent):
    type: ClassVar[str] = "job.paused"


@dataclass(frozen=True)
class JobResumed(JobEvent):
    type: ClassVar[str] = "job.resumed"


@dataclass(frozen=True)
class JobCancelled(JobEvent):
    type: ClassVar[str] = "job.cancelled"


@dataclass(frozen=True)
class JobFinished(JobEvent):
    type: ClassVar[str] = "job.finished"
    added: int
    unchanged: int
    rejected: int


@dataclass(frozen=True)
class JobFailed(JobEvent):
    """`failure` is a sentence of ours; nothing that anybody entered is in it."""

    type: ClassVar[str] = "job.failed"
    failure: str
