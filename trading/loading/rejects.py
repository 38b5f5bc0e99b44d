"""The rows of a load that didn't go into the book, as a CSV that can be mended and loaded again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from trading.loading.reading import COLUMNS, cells_of
from trading.models import Load, RejectedRow

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_A_TIME = 1000


def rejects_csv(load: Load) -> Iterator[str]:
    """The file, a part at a time. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["line", "code", "reason", *COLUMNS])
    rejected = RejectedRow.objects.filter(load=load).order_by("line")
    for number, row in enumerate(rejected.iterator(_ROWS_AT_A_TIME), start=1):
        writer.writerow([row.line, row.code, *map(_harmless, [row.reason, *cells_of(row.row)])])
        if number % _ROWS_AT_A_TIME == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _drained(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
