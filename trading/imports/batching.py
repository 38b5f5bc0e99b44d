"""What is brought into the book at once: part of a file, as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.files.records import Rejected, shown


@dataclass
class Rows:
    """What is read from one place of a file to another: offsets in bytes, lines counted from the file's beginning.

    `copied` are the good rows as COPY takes them: id, line, ref, ref_is_number, symbol, side, amount, price, source.
    `raw` are the same rows as they stand in the file, by line.
    """

    begins_at: int
    ends_at: int
    lines: int
    copied: list[str] = field(default_factory=list)
    raw: dict[int, bytes] = field(default_factory=dict)
    symbols: set[str] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)

    def text_of(self, line: int) -> str:
        """A good row as it stands in the file."""
        return shown(self.raw[line])
