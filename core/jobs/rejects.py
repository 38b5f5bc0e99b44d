"""The rows of a job's file that were set aside, as a CSV that can be mended and brought in again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.http import StreamingHttpResponse

from core.files.records import cells_of
from core.files.writing import csv_of
from core.jobs.kinds import columns_of
from core.models import Job, RejectedRow

_ROWS_AT_A_TIME = 1000
_STEM = 50
"""Characters of a file's name that its rejects' name begins with: however many bytes they are, the whole has room."""


def rejects_csv(job: Job) -> Iterator[str]:
    """The file, a part at a time, its columns in the order of the job's file."""
    return csv_of(_rows(job))


def rejects_response(job: Job) -> StreamingHttpResponse:
    """As a download."""
    disposition = f'attachment; filename="{job.pk}.rejects.csv"'
    return StreamingHttpResponse(
        rejects_csv(job), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def write_rejects(job: Job, path: Path | None = None) -> Path:
    """Into `path`, or a file under DATA_DIR; returns where. A file that is at `path` already is left alone, and the
    new one gets the job's id into its name. Raises OSError.
    """
    if path is None:
        return _written(settings.DATA_DIR / "rejects" / f"{Path(job.name).stem[:_STEM]}.{job.pk}.rejects.csv", job)
    try:
        return _written(path, job, mode="x")
    except FileExistsError:
        return _written(path.with_name(f"{path.stem[:_STEM]}.{job.pk}{path.suffix}"), job)


def _written(path: Path, job: Job, *, mode: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8", newline="") as out:
        out.writelines(rejects_csv(job))
    return path


def _rows(job: Job) -> Iterator[Sequence[object]]:
    yield ["line", "code", "reason", *(job.columns or columns_of(job))]
    rejected = RejectedRow.objects.filter(job_id=job.pk).order_by("line")
    for row in rejected.iterator(_ROWS_AT_A_TIME):
        yield [row.line, row.code, row.reason, *cells_of(row.row)]
