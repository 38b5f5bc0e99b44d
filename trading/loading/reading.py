"""Reads a CSV of book orders: what can go into the book, and what is set aside with its line and reason.

Columns: orderId, symbol, side, amount, price and, if it is told, source. A first line with these names is passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from core.ids import new_id_text
from trading.actions.instruments import RESERVED_SYMBOLS, is_symbol
from trading.actions.orders import is_order_id
from trading.loading.batching import Batch, Rejected, shown
from trading.models import MAX_AMOUNT, MAX_PRICE
from trading.statuses import Side

COLUMNS = ("orderId", "symbol", "side", "amount", "price", "source")
REQUIRED = 5
MAX_SOURCE = 64
MAX_RECORD = 4096
"""Bytes of a row. None that could go into the book is as long, even if every character of it is quoted."""
_BUFFER = 1 << 20
_BOM = b"\xef\xbb\xbf"
_SIDES = frozenset(Side.values)
_HEADER = [column.lower() for column in COLUMNS]
_is_whole = re.compile(r"[0-9]{1,18}", re.ASCII).fullmatch
_is_number = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII).fullmatch
"""An id that is a JSON integer written as JSON writes it."""
_special = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


class BadRow(Exception):
    """Why a row is set aside."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def read_batches(stream: BinaryIO, *, rows: int, at: int = 0, lines: int = 0) -> Iterator[Batch]:
    """The rest of a file, `rows` rows at a time. `stream` stands at byte `at`, before which there are `lines` lines.

    A batch ends where a row does. Every row is either good or rejected, whatever its bytes; empty lines are neither.
    """
    records = _Records(stream, at, lines)
    batch = Batch(at, at, lines)
    for record in records:
        _take(record, batch)
        batch.ends_at, batch.lines = records.at, records.lines
        if len(batch.copied) + len(batch.rejected) >= rows:
            yield batch
            batch = Batch(records.at, records.at, records.lines)
    if records.at > batch.begins_at:
        batch.ends_at, batch.lines = records.at, records.lines
        yield batch


def cells_of(text: str) -> list[str]:
    """The columns of a row that was set aside; the row itself where no columns can be told apart."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return [text]


@dataclass(frozen=True)
class _Record:
    """A row as bytes, of one line or, with quoted line ends, of several."""

    line: int
    raw: bytes
    whole: bool = True


class _Records:
    """The rows of a file. `at` and `lines` tell where the row given last ends."""

    def __init__(self, stream: BinaryIO, at: int, lines: int) -> None:
        self._stream = io.BufferedReader(cast("io.RawIOBase", stream), _BUFFER)
        self._ahead: deque[bytes] = deque()
        self.at = at
        self.lines = lines

    def __iter__(self) -> Iterator[_Record]:
        if self.at == 0:
            self._pass_header()
        while raw := self._next():
            line = self.lines + 1
            self._advance(raw)
            if len(raw) > MAX_RECORD:
                self._pass_rest(raw)
                yield _Record(line, raw[:MAX_RECORD], whole=False)
            elif b'"' in raw and _is_open(raw):
                yield self._join(line, raw)
            elif not raw.isspace():
                yield _Record(line, raw)

    def _next(self) -> bytes:
        return self._ahead.popleft() if self._ahead else self._stream.readline(MAX_RECORD + 1)

    def _advance(self, raw: bytes) -> None:
        self.at += len(raw)
        self.lines += 1

    def _pass_header(self) -> None:
        first = self._next()
        bom = len(_BOM) if first.startswith(_BOM) else 0
        names = [name.strip().lower() for name in first[bom:].decode("ascii", "replace").split(",")]
        self.at += bom
        if names in (_HEADER, _HEADER[:REQUIRED]):
            self._advance(first[bom:])
        elif first[bom:]:
            self._ahead.append(first[bom:])

    def _pass_rest(self, raw: bytes) -> None:
        """Read on to the end of a line that is too long, and keep nothing of it."""
        while raw and not raw.endswith(b"\n"):
            raw = self._stream.readline(_BUFFER)
            self.at += len(raw)

    def _join(self, line: int, first: bytes) -> _Record:
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
            return _Record(line, raw)
        self._ahead.extendleft(reversed(following))
        return _Record(line, first)


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


def _take(record: _Record, batch: Batch) -> None:
    try:
        text = _text(record)
        ref, symbol, side, amount, price, source = _check(_cells(text))
    except BadRow as bad:
        batch.rejected.append(Rejected(record.line, shown(record.raw), bad.code, bad.reason))
        return
    number = "t" if _is_number(ref) else "f"
    batch.copied.append(
        f"{new_id_text()}\t{record.line}\t{_escaped(ref)}\t{number}\t{symbol}\t{side}\t{amount}\t{price}\t"
        f"{_escaped(source)}\n"
    )
    batch.raw[record.line] = record.raw
    batch.symbols.add(symbol)


def _text(record: _Record) -> str:
    if not record.whole:
        raise BadRow("too_long", f"The row is longer than {MAX_RECORD} bytes.")
    if b"\x00" in record.raw:
        raise BadRow("nul", "The row contains a NUL character.")
    try:
        return record.raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRow("not_utf8", "The row is not UTF-8.") from None


def _cells(text: str) -> list[str]:
    if '"' not in text:
        return text.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise BadRow("not_csv", f"The row is not CSV: {error}.") from None


def _check(cells: list[str]) -> tuple[str, str, str, int, int, str]:
    """The row's id, symbol, side, amount, price and source. Raises BadRow for the first that is wrong."""
    if not REQUIRED <= len(cells) <= len(COLUMNS):
        raise BadRow("columns", f"The row has {len(cells)} columns; there are 5, or 6 with the source.")
    ref, symbol, side, amount, price, *rest = cells
    if not is_order_id(ref):
        raise BadRow("id", "The id is not 1 to 64 visible ASCII characters without a slash.")
    if not is_symbol(symbol):
        raise BadRow(
            "symbol", "A symbol is 1 to 64 letters, digits and any of . : - _, beginning with one of the first."
        )
    if symbol in RESERVED_SYMBOLS:
        raise BadRow("symbol", f"{symbol} stands for something else in paths.")
    if side not in _SIDES:
        raise BadRow("side", "The side is neither Buy nor Sell.")
    source = rest[0].strip() if rest else ""
    if len(source) > MAX_SOURCE:
        raise BadRow("source", f"The source is longer than {MAX_SOURCE} characters.")
    return ref, symbol, side, _whole("amount", amount, MAX_AMOUNT), _whole("price", price, MAX_PRICE), source


def _whole(name: str, text: str, most: int) -> int:
    if not _is_whole(text) or not 1 <= (value := int(text)) <= most:
        raise BadRow(name, f"The {name} is not a whole number from 1 to {most:,}.")
    return value


def _escaped(text: str) -> str:
    return _special.sub(lambda found: _ESCAPES[found[0]], text) if _special.search(text) else text
