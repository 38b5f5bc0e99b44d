"""The CSVs that we write: what a spreadsheet would take for a formula is text in every one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

_ROWS_AT_A_TIME = 1000
_is_formula = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]").match
_is_number = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch


def csv_of(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file, a part at a time. A cell that would be a formula gets an apostrophe before it."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_harmless(str(cell)) for cell in row])
        if number % _ROWS_AT_A_TIME == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _harmless(cell: str) -> str:
    return f"'{cell}" if _is_formula(cell) and not _is_number(cell) else cell


def _drained(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
