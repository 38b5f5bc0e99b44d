"""The rows of a CSV, one after the other, whatever its bytes: each with its line, and none lost between two reads."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, cast

MAX_RECORD = 4096
"""Bytes of a row. None that could be brought in is as long, even if every character of it is quoted."""
SHOWN_AT_MOST = 1000
"""Characters that are kept of a row that is set aside."""
_BUFFER = 1 << 20
_BOM = b"\xef\xbb\xbf"
_WITHIN = rb'(?:[^"]++|"")*+'
_CELL = rb'(?:"' + _WITHIN + rb'"|[^",\r\n]*+)'
_is_row = re.compile(_CELL + rb"(?:," + _CELL + rb")*+\r*\n?").fullmatch
"""CSV as RFC 4180 has it: what is quoted is quoted whole, and a quote within is doubled."""
_is_open = re.compile(rb"(?:" + _CELL + rb',)*+"' + _WITHIN).fullmatch
"""A row that ends within quotes."""


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


class Record(NamedTuple):
    """A row as bytes, of one line or, with quoted line ends, of several."""

    line: int
    raw: bytes
    whole: bool = True

    def cells(self) -> list[str]:
        """Raises BadRow."""
        text = self._text()
        if '"' in text:
            return self._unquoted(text)
        text = text.rstrip("\r\n")
        if "\r" in text:
            raise BadRow("not_csv", "The row is not CSV: a carriage return stands in it outside quotes.")
        return text.split(",")

    def _unquoted(self, text: str) -> list[str]:
        if not _is_row(self.raw):
            raise BadRow("not_csv", "The row is not CSV: a quote in it is not closed, or not doubled within quotes.")
        return next(csv.reader([text], strict=True))

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

    `at` and `lines` then tell where the row given last ends. A byte order mark is passed over; empty lines are no rows.
    """

    def __init__(self, stream: BinaryIO, at: int, lines: int) -> None:
        self._stream = io.BufferedReader(cast("io.RawIOBase", stream), _BUFFER)
        self._ahead: deque[bytes] = deque()
        self.at = at
        self.lines = lines

    def __iter__(self) -> Iterator[Record]:
        if self.at == 0:
            self._pass_mark()
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

    def let_go(self) -> None:
        """Read no further, and leave the stream to its owner, who would find it closed once this is forgotten."""
        self._stream.detach()

    def _next(self) -> bytes:
        return self._ahead.popleft() if self._ahead else self._stream.readline(MAX_RECORD + 1)

    def _advance(self, raw: bytes) -> None:
        self.at += len(raw)
        self.lines += 1

    def _pass_mark(self) -> None:
        first = self._stream.readline(len(_BOM) + MAX_RECORD + 1)
        if first.startswith(_BOM):
            self.at, first = len(_BOM), first[len(_BOM) :]
        if first:
            self._ahead.append(first)

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
        if len(raw) <= MAX_RECORD and _is_row(raw):
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
