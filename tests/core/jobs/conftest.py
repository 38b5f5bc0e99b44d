"""A kind of job that writes nothing of its own: it counts to its end, ten at a time, and remembers what it counted."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest

from core.errors import DomainError
from core.files.records import Rejected
from core.jobs import kinds
from core.jobs.kinds import Batch, JobKind, OpenAt, Outcome, register_kind
from core.models import Job
from core.transactions import StartOver


@dataclass
class Counting:
    """`refuses` are positions whose batch is refused, `starts_over` is how often batches have to start over before one
    gets through; `meanwhile` is called before each batch with its position.
    """

    counted: list[int] = field(default_factory=list)
    refuses: set[int] = field(default_factory=set)
    starts_over: int = 0
    sets_aside: bool = True
    meanwhile: Callable[[int], None] = lambda _position: None

    def batches(self, job: Job, _open_at: OpenAt) -> Generator[Batch, None, None]:
        for position in range(job.position, job.total, 10):
            self.meanwhile(position)
            yield self._batch(position, min(position + 10, job.total))

    def _batch(self, position: int, to: int) -> Batch:
        def bring() -> Outcome:
            if self.starts_over:
                self.starts_over -= 1
                raise StartOver
            if position in self.refuses:
                raise DomainError(f"No {position}.")
            self.counted.append(position)
            return Outcome(added=to - position)

        def set_aside(error: DomainError) -> Outcome:
            return Outcome(rejected=[Rejected(position + 1, f"row,{position}", "refused", error.detail)])

        return Batch(position, to, bring, refused=set_aside if self.sets_aside else None, lines=to)


@pytest.fixture
def counting() -> Iterator[Counting]:
    counting = Counting()
    register_kind(JobKind("test", "Counting", ("what", "number"), counting.batches))
    yield counting
    del kinds._kinds["test"]


def nothing(_at: int) -> BinaryIO:
    return io.BytesIO()
