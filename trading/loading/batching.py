"""What is brought into the book at once: part of a file, as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rejected:
    """A row that doesn't go into the book. `text` is as it stands in the file, as far as text can show it."""

    line: int
    text: str
    code: str
    reason: str


@dataclass
class Batch:
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


SHOWN_AT_MOST = 1000
"""Characters that are kept of a row that is set aside."""


def shown(raw: bytes) -> str:
    """Any bytes as text that a database and a CSV can hold."""
    text = raw.decode("utf-8", "backslashreplace").rstrip("\r\n").replace("\x00", "\\x00")
    return text[:SHOWN_AT_MOST]
