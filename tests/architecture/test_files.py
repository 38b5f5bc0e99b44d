"""Files that people bring are read, and files that we write are written, in core/files alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.rooms import ROOMS

READERS = {"core/files/records.py", "core/files/writing.py"}
_uses_csv = re.compile(r"^\s*(import|from) csv\b", re.MULTILINE).search


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from (settings.BASE_DIR / room).rglob("*.py")


def test_no_module_but_the_reader_and_the_writer_knows_csv() -> None:
    found = {str(path.relative_to(settings.BASE_DIR)) for path in sources() if _uses_csv(path.read_text("utf-8"))}
    assert found == READERS


@pytest.mark.parametrize("planted", ["import csv", "from csv import writer", "def f():\n    import csv as c"])
def test_a_planted_use_is_found(planted: str) -> None:
    assert _uses_csv(planted)
