"""The rows of a CSV, one after the other, whatever its bytes: each with its line, and none lost between two reads."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

MAX_RECORD = 4096
"""Bytes of a row. None that could be brought in is as long, even if every character of it is quoted."""
SHOWN_AT_MOST = 1000
"""Characters that are kept of a row that is set aside."""
_BUFFER = 1 << 20
_BOM = b"\xef\xbb\xbf"


class BadRow(Exception):
    """Why a row is set aside."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Rejected:
    """A row that is set aside. `text` is as it stands in the file, as far as text can show it."""

    line: int
    text: str
    code: str
    reason: str


@dataclass(frozen=True)
class Record:
    """A row as bytes, of one line or, with quoted line ends, of several."""

    line: int
    raw: bytes
    whole: bool = True

    def cells(self) -> list[str]:
        """Raises BadRow."""
        text = self._text()
        if '"' not in text:
            return text.rstrip("\r\n").split(",")
        try:
            return next(csv.reader([text], strict=True))
        except csv.Error as error:
            raise BadRow("not_csv", f"The row is not CSV: {error}.") from None

    def _text(self) -> str:
        if not self.whole:
            raise BadRow("too_long", f"The row is longer than {MAX_RECORD} bytes.")
        if b"\x00" in self.raw:
            raise BadRow("nul", "The row contains a NUL character.")
        try:
            return self.raw.decode("utf-8")
        except UnicodeDecodeError:
            raise BadRow("not_utf8", "The row is not UTF-8.") from None


class Records:
    """The rest of a file. `stream` stands at byte `at`, before which there are `lines` lines.

    `at` and `lines` then tell where the row given last ends. A first line is passed over if `is_header` says so of its
    names, which are in lower case; empty lines are no rows.
    """

    def __init__(self, stream: BinaryIO, at: int, lines: int, *, is_header: Callable[[Sequence[str]], bool]) -> None:
        self._stream = io.BufferedReader(cast("io.RawIOBase", stream), _BUFFER)
        self._ahead: deque[bytes] = deque()
        self._is_header = is_header
        self.at = at
        self.lines = lines

    def __iter__(self) -> Iterator[Record]:
        if self.at == 0:
            self._pass_header()
        while raw := self._next():
            line = self.lines + 1
            self._advance(raw)
            if len(raw) > MAX_RECORD:
                self._pass_rest(raw)
                yield Record(line, raw[:MAX_RECORD], whole=False)
            elif b'"' in raw and _is_open(raw):
                yield self._join(line, raw)
            elif not raw.isspace():
                yield Record(line, raw)

    def _next(self) -> bytes:
        return self._ahead.popleft() if self._ahead else self._stream.readline(MAX_RECORD + 1)

    def _advance(self, raw: bytes) -> None:
        self.at += len(raw)
        self.lines += 1

    def _pass_header(self) -> None:
        first = self._next()
        bom = len(_BOM) if first.startswith(_BOM) else 0
        self.at += bom
        if self._is_header([name.strip().lower() for name in first[bom:].decode("ascii", "replace").split(",")]):
            self._advance(first[bom:])
        elif first[bom:]:
            self._ahead.append(first[bom:])

    def _pass_rest(self, raw: bytes) -> None:
        """Read on to the end of a line that is too long, and keep nothing of it."""
        while raw and not raw.endswith(b"\n"):
            raw = self._stream.readline(_BUFFER)
            self.at += len(raw)

    def _join(self, line: int, first: bytes) -> Record:
        """A row that its first line leaves within quotes. If no line soon ends it well, that first line alone."""
        raw, following = first, []
        while len(raw) <= MAX_RECORD and (more := self._next()):
            following.append(more)
            raw += more
            if b'"' in more and not _is_open(raw):
                break
        if _is_csv(raw):
            for more in following:
                self._advance(more)
            return Record(line, raw)
        self._ahead.extendleft(reversed(following))
        return Record(line, first)


def shown(raw: bytes) -> str:
    """Any bytes as text that a database and a CSV can hold."""
    text = raw.decode("utf-8", "backslashreplace").rstrip("\r\n").replace("\x00", "\\x00")
    return text[:SHOWN_AT_MOST]


def cells_of(text: str) -> list[str]:
    """The columns of a row that was set aside; the row itself where no columns can be told apart."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return [text]


def _is_open(raw: bytes) -> bool:
    """Whether the row ends within quotes."""
    return "unexpected end of data" in _complaint(raw)


def _is_csv(raw: bytes) -> bool:
    return not _complaint(raw)


def _complaint(raw: bytes) -> str:
    try:
        next(csv.reader([raw.decode("latin-1")], strict=True), None)
    except csv.Error as error:
        return str(error)
    return ""
