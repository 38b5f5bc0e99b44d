"""Reads a CSV of book orders: what can go into the book, and what is set aside with its line and reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.files.records import BadRow, Record, Rejected, shown
from core.files.tables import Column, Header, Layout, Table
from core.files.values import whole
from core.ids import new_id_text
from core.text import UnfitText, settle
from trading.actions.instruments import RESERVED_SYMBOLS, is_symbol
from trading.actions.orders import is_order_id
from trading.imports.batching import Rows
from trading.models import MAX_AMOUNT, MAX_PRICE
from trading.statuses import Side

LAYOUT = Layout(
    Column("orderId", ["id"]),
    Column("symbol"),
    Column("side"),
    Column("amount", ["quantity"]),
    Column("price"),
    Column("source", required=False),
)
MAX_SOURCE = 64
_SIDES = frozenset(Side.values)
_is_number = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII).fullmatch
"""An id that is a JSON integer written as JSON writes it."""
_special = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def read_batches(table: Table, *, rows: int) -> Iterator[Rows]:
    """The rest of a file, `rows` rows at a time.

    A batch ends where a row does. Every row is either good or rejected, whatever its bytes; empty lines are neither.
    """
    batch = Rows(table.begins_at, table.begins_at, table.lines_before)
    for record in table:
        _take(table.header, record, batch)
        batch.ends_at, batch.lines = table.at, table.lines
        if len(batch.copied) + len(batch.rejected) >= rows:
            yield batch
            batch = Rows(table.at, table.at, table.lines)
    if table.at > batch.begins_at:
        batch.ends_at, batch.lines = table.at, table.lines
        yield batch


def _take(header: Header, record: Record, batch: Rows) -> None:
    try:
        ref, symbol, side, amount, price, source = _check(header.cells(record))
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
    ref, symbol, side, amount, price, source = cells
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
    try:
        source = settle(source)
    except UnfitText as unfit:
        raise BadRow("source", f"The source can't be kept. {unfit.detail}") from None
    if len(source) > MAX_SOURCE:
        raise BadRow("source", f"The source is longer than {MAX_SOURCE} characters.")
    return ref, symbol, side, _whole("amount", amount, MAX_AMOUNT), _whole("price", price, MAX_PRICE), source


def _whole(name: str, text: str, most: int) -> int:
    try:
        value = whole(text)
    except ValueError:
        value = 0
    if not 1 <= value <= most:
        raise BadRow(name, f"The {name} is not a whole number from 1 to {most:,}.")
    return value


def _escaped(text: str) -> str:
    return _special.sub(lambda found: _ESCAPES[found[0]], text) if _special.search(text) else text
