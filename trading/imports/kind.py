"""The import of a book as a kind of job: it reads ahead in a thread of its own while the database takes a batch."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import TypeVar

from django.conf import settings

from core.files.tables import open_table
from core.jobs.kinds import Batch, JobKind, OpenAt
from core.models import Job
from trading.actions.imports import bring_in
from trading.imports.batching import Rows
from trading.imports.reading import LAYOUT, read_batches
from trading.models import BOOK_IMPORT

T = TypeVar("T")


def _batches(job: Job, open_at: OpenAt) -> Generator[Batch, None, None]:
    """Positions are bytes of the file."""
    with (
        open_table(LAYOUT, open_at, at=job.position, lines=job.lines_read) as table,
        closing(_ahead(read_batches(table, rows=settings.IMPORT_BATCH_ROWS))) as batches,
    ):
        for rows in batches:
            yield _batch(job, rows, table.header.names)


def _batch(job: Job, rows: Rows, columns: Sequence[str]) -> Batch:
    return Batch(rows.begins_at, rows.ends_at, partial(bring_in, job, rows), lines=rows.lines, columns=columns)


def _ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items, each made while the one before is being used."""
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


KIND = JobKind(name=BOOK_IMPORT, label="Import of a book", columns=LAYOUT.names, batches=_batches)
