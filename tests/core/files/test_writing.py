"""CSVs that we write: no cell of theirs is a formula, and they read back as they were."""

from __future__ import annotations

import csv
import io

import pytest

from core.files.writing import csv_of


def written(*cells: object) -> str:
    return "".join(csv_of([cells]))


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "\u00a0=1"),
        *("＝1+1", "＋1", "－1", "＠x", "-", "=", "+44 123", "-1e5", "--1"),
    ],
)
def test_what_would_be_a_formula_is_text(cell: str) -> None:
    assert next(csv.reader(io.StringIO(written(cell), newline=""))) == [f"'{cell}"]


@pytest.mark.parametrize(
    "cell", ["", "A", "-5", "+3", "-2.50", "a=b", "1+1", "x@example.com", 'A "MUG", L', "two\nlines"]
)
def test_everything_else_reads_back_as_it_was(cell: str) -> None:
    assert list(csv.reader(io.StringIO(written("x", cell), newline=""))) == [["x", cell]]


def test_numbers_are_written_as_they_are() -> None:
    assert written(7, -7, "x") == "7,-7,x\r\n"


def test_a_long_file_comes_in_parts_and_whole() -> None:
    parts = list(csv_of([number] for number in range(2500)))
    assert len(parts) == 3
    assert "".join(parts).split() == [str(number) for number in range(2500)]
