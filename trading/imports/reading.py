"""Reads a CSV of book orders: what can go into the book, and what is set aside with its line and reason.

Columns: orderId, symbol, side, amount, price and, if it is told, source. A first line with these names is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from core.files.records import BadRow, Record, Records, Rejected, shown
from core.ids import new_id_text
from trading.actions.instruments import RESERVED_SYMBOLS, is_symbol
from trading.actions.orders import is_order_id
from trading.imports.batching import Rows
from trading.models import MAX_AMOUNT, MAX_PRICE
from trading.statuses import Side

COLUMNS = ("orderId", "symbol", "side", "amount", "price", "source")
REQUIRED = 5
MAX_SOURCE = 64
_SIDES = frozenset(Side.values)
_HEADER = [column.lower() for column in COLUMNS]
_is_whole = re.compile(r"[0-9]{1,18}", re.ASCII).fullmatch
_is_number = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII).fullmatch
"""An id that is a JSON integer written as JSON writes it."""
_special = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def read_batches(stream: BinaryIO, *, rows: int, at: int = 0, lines: int = 0) -> Iterator[Rows]:
    """The rest of a file, `rows` rows at a time. `stream` stands at byte `at`, before which there are `lines` lines.

    A batch ends where a row does. Every row is either good or rejected, whatever its bytes; empty lines are neither.
    """
    records = Records(stream, at, lines, is_header=_is_header)
    batch = Rows(at, at, lines)
    for record in records:
        _take(record, batch)
        batch.ends_at, batch.lines = records.at, records.lines
        if len(batch.copied) + len(batch.rejected) >= rows:
            yield batch
            batch = Rows(records.at, records.at, records.lines)
    if records.at > batch.begins_at:
        batch.ends_at, batch.lines = records.at, records.lines
        yield batch


def _is_header(names: Sequence[str]) -> bool:
    return names in (_HEADER, _HEADER[:REQUIRED])


def _take(record: Record, batch: Rows) -> None:
    try:
        ref, symbol, side, amount, price, source = _check(record.cells())
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
