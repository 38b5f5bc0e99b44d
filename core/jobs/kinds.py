"""What kinds of jobs there are: each room registers its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import DomainError
from core.files.records import Rejected
from core.models import Job

OpenAt = Callable[[int], BinaryIO]
"""Gives a job's file from a byte on. Raises ObjectMissing."""


@dataclass(frozen=True)
class Outcome:
    """What a batch did."""

    added: int = 0
    unchanged: int = 0
    rejected: Sequence[Rejected] = ()


@dataclass(frozen=True)
class Batch:
    """A part of a job, from one position to another; `lines` are those of the file up to its end, if it counts them,
    `columns` those of the file in its own order.

    `bring` does it, in the transaction that notes the progress: it calls one action at most, which joins that. What it
    refuses is set aside by `refused`, or ends the run if there is none.
    """

    begins_at: int
    ends_at: int
    bring: Callable[[], Outcome]
    refused: Callable[[DomainError], Outcome] | None = None
    lines: int = 0
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class JobKind:
    """`columns` are those of its files; `batches` gives the rest of a job from its position on, or raises UnfitFile."""

    name: str
    label: str
    columns: Sequence[str]
    batches: Callable[[Job, OpenAt], Generator[Batch, None, None]]


_kinds: dict[str, JobKind] = {}


def register_kind(kind: JobKind) -> None:
    """Called from an app's ready()."""
    _kinds[kind.name] = kind


def kind_of(job: Job) -> JobKind:
    """Raises KeyError for a job whose room is gone."""
    return _kinds[job.kind]


def label_of(job: Job) -> str:
    """What kind of job it is, in words; the kind's bare name if its room is gone."""
    return _kinds[job.kind].label if job.kind in _kinds else job.kind


def columns_of(job: Job) -> Sequence[str]:
    """Those of its file; none if its room is gone."""
    return _kinds[job.kind].columns if job.kind in _kinds else ()
