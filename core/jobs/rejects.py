"""The rows of a job's file that were set aside, as a CSV that can be mended and brought in again."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.http import StreamingHttpResponse

from core.files.records import cells_of
from core.jobs.kinds import columns_of
from core.models import Job, RejectedRow

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_A_TIME = 1000
_is_number = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch


def rejects_csv(job: Job) -> Iterator[str]:
    """The file, a part at a time. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["line", "code", "reason", *columns_of(job)])
    rejected = RejectedRow.objects.filter(job_id=job.pk).order_by("line")
    for number, row in enumerate(rejected.iterator(_ROWS_AT_A_TIME), start=1):
        writer.writerow([row.line, row.code, *map(_harmless, [row.reason, *cells_of(row.row)])])
        if number % _ROWS_AT_A_TIME == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def rejects_response(job: Job) -> StreamingHttpResponse:
    """As a download."""
    disposition = f'attachment; filename="{job.pk}.rejects.csv"'
    return StreamingHttpResponse(
        rejects_csv(job), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def write_rejects(job: Job, path: Path | None = None) -> Path:
    """Into `path`, or a file under DATA_DIR that bears the job's id, so that no other job's is overwritten."""
    path = path or settings.DATA_DIR / "rejects" / f"{Path(job.name).stem}.{job.pk}.rejects.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(rejects_csv(job))
    return path


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _drained(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
