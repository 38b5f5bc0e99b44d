"""Files of rows whose first row names the columns: in any order, each under one of its names, and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from core.errors import DomainError
from core.files.records import BadRow, Record, Records, shown

_NAMED_AT_MOST = 5
_CHARACTERS = 30
"""Of a name that a refusal repeats."""


class UnfitFile(DomainError):
    """The first row of the file doesn't name the columns that its kind has; nothing of it was brought in."""

    code = "unfit_file"
    status = 400
    title = "Columns not as they should be"


@dataclass(frozen=True)
class Column:
    """Its names are the same in any letter case and with or without spaces, underscores and hyphens."""

    name: str
    aliases: Sequence[str] = ()
    required: bool = True


@dataclass(frozen=True)
class Header:
    """The columns of one file. `names` are theirs in the order of the file; `places` tells where each of the layout's
    columns is, None for one that the file lacks.
    """

    names: Sequence[str]
    places: Sequence[int | None]

    @cached_property
    def _as_laid_out(self) -> bool:
        return list(self.places) == list(range(len(self.names)))

    def cells(self, record: Record) -> list[str]:
        """The row's cells in the order of the layout, "" for a column that the file lacks. Raises BadRow."""
        cells = record.cells()
        if len(cells) != len(self.names):
            raise BadRow("columns", f"The row has {len(cells)} cells; the first row names {len(self.names)} columns.")
        return cells if self._as_laid_out else ["" if place is None else cells[place] for place in self.places]

    def guess(self, record: Record, column: int) -> set[str]:
        """What a row that cannot be read may have meant for the layout's column. Cells before the column, and cells
        after it, may be too many or too few; so it is counted from either end of the row that there is.
        """
        cells = [cell.strip(' "') for cell in shown(record.raw).split(",")]
        place = self.places[column]
        if place is None:
            return set()
        last = len(self.names) - 1
        from_the_left, from_the_right = {place} - {last}, {len(cells) - 1 - (last - place)} if place else set()
        return {cells[at] for at in from_the_left | from_the_right if 0 <= at < len(cells)}


class Layout:
    """The columns of a kind of file, in the order in which its readers get the cells."""

    def __init__(self, *columns: Column) -> None:
        self.columns = columns
        self.names = tuple(column.name for column in columns)
        self._known = {
            _key(name): number for number, column in enumerate(columns) for name in (column.name, *column.aliases)
        }

    def __str__(self) -> str:
        needed = ", ".join(column.name for column in self.columns if column.required)
        others = ", ".join(column.name for column in self.columns if not column.required)
        return f"{needed} and, if wanted, {others}" if others else needed

    def check(self, stream: BinaryIO) -> None:
        """Raises UnfitFile for a file of other columns. The stream stays open."""
        records = Records(stream, 0, 0)
        try:
            self.header(next(iter(records), None))
        finally:
            records.let_go()

    def header(self, first: Record | None) -> Header:
        """The columns that the first row names. Raises UnfitFile."""
        if first is None:
            raise self._refusal("The file is empty.")
        try:
            names = [name.strip() for name in first.cells()]
        except BadRow as bad:
            raise self._refusal(f"The first row cannot be read. {bad.reason}") from None
        numbers = [self._known.get(_key(name)) for name in names]
        if not any(number is not None for number in numbers):
            raise self._refusal("The file has no header: its first row names none of the columns.")
        problems = [*self._missing(numbers), *_unknown(names, numbers), *self._repeated(numbers)]
        if problems:
            raise self._refusal(" ".join(problems))
        found = [number for number in numbers if number is not None]
        places = [found.index(number) if number in found else None for number in range(len(self.columns))]
        return Header(tuple(self.names[number] for number in found), places)

    def _missing(self, numbers: Sequence[int | None]) -> Iterator[str]:
        lacking = [c.name for number, c in enumerate(self.columns) if c.required and number not in numbers]
        if lacking:
            yield f"The file lacks the columns {', '.join(lacking)}."

    def _repeated(self, numbers: Sequence[int | None]) -> Iterator[str]:
        repeated = [
            self.names[number] for number, times in Counter(numbers).items() if number is not None and times > 1
        ]
        if repeated:
            yield f"It names more than once: {', '.join(repeated)}."

    def _refusal(self, detail: str) -> UnfitFile:
        return UnfitFile(detail, unblock=f"The first row names the columns, in any order: {self}.")


class Table:
    """The rows of a file under its header, from byte `begins_at` on."""

    def __init__(self, header: Header, records: Records, begins_at: int, lines: int) -> None:
        self.header = header
        self.begins_at = begins_at
        self.lines_before = lines
        self._records = records

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    @property
    def at(self) -> int:
        """The byte at which the row given last ends."""
        return self._records.at

    @property
    def lines(self) -> int:
        """Lines of the file up to there."""
        return self._records.lines


@contextmanager
def open_table(layout: Layout, open_at: Callable[[int], BinaryIO], *, at: int = 0, lines: int = 0) -> Iterator[Table]:
    """The rest of a file of this layout from byte `at` on, before which there are `lines` lines. Raises UnfitFile."""
    with closing(open_at(0)) as stream:
        records = Records(stream, 0, 0)
        header = layout.header(next(iter(records), None))
        if at == 0:
            yield Table(header, records, 0, 0)
            return
    with closing(open_at(at)) as stream:
        yield Table(header, Records(stream, at, lines), at, lines)


def _unknown(names: Iterable[str], numbers: Iterable[int | None]) -> Iterator[str]:
    unknown = [
        _shown(name) or f"column {place}, which has no name"
        for place, (name, number) in enumerate(zip(names, numbers, strict=True), start=1)
        if number is None
    ]
    if unknown:
        more = len(unknown) - _NAMED_AT_MOST
        yield f"It has unknown columns: {', '.join(unknown[:_NAMED_AT_MOST])}{f' and {more} more' if more > 0 else ''}."


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_CHARACTERS])


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter not in " _-")
