"""Reads a shop's invoices from the Online Retail CSV: what becomes an order, and what is set aside with its reason."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TypeVar

from core.money import MAX_MINOR, to_minor
from orders.pricing.lines import MAX_QUANTITY, NewLine

T = TypeVar("T")

CURRENCY = "GBP"
SHIPPING_CODES = frozenset({"POST", "DOT", "C2"})
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
_LONGEST = {"InvoiceNo": 100, "StockCode": 64, "Description": 250, "CustomerID": 100, "Country": 500}
"""Characters that there is room for."""

CREDIT = "credit invoice: set aside for returns"
CORRECTION = "zero-price invoice: a stock correction, not an order"
NO_ORDER = "an order needs goods, positive quantities and no negative price"


class UnreadableFile(Exception):
    """The file is not an Online Retail CSV."""


@dataclass(frozen=True)
class Row:
    """One line of the file: the text as it stands, for the rejects file."""

    number: int
    text: dict[str, str]

    def as_csv(self) -> str:
        """The row as it stands in the file, as far as text can show it."""
        out = StringIO(newline="")
        csv.writer(out).writerow(self.text.values())
        return out.getvalue().rstrip("\r\n").replace("\x00", "\\x00")


@dataclass(frozen=True)
class Invoice:
    """An invoice that becomes an order. Amounts are pence."""

    number: str
    placed_at: dt.datetime
    customer_ref: str
    country: str
    lines: Sequence[NewLine]
    names: dict[str, str]
    shipping: int
    rows: Sequence[Row]

    @property
    def total(self) -> int:
        return self.shipping + sum(line.quantity * (line.unit_price or 0) for line in self.lines)


@dataclass(frozen=True)
class Reject:
    """An invoice that becomes none; `amount` in pence."""

    number: str
    code: str
    reason: str
    rows: Sequence[Row]
    amount: int = 0


def read_file(path: Path) -> list[Invoice | Reject]:
    """As read_invoices. Raises UnreadableFile also when there is no such file."""
    try:
        with path.open("rb") as file:
            return list(read_invoices(file))
    except OSError as error:
        raise UnreadableFile(f"The file cannot be read: {error}") from error


def read_invoices(file: BinaryIO) -> Iterator[Invoice | Reject]:
    """Every invoice of the file, in the order of the file. Raises UnreadableFile for a wrong header or encoding."""
    for number, rows in _by_invoice(_rows(file)).items():
        yield _read(number, rows)


def _rows(file: BinaryIO) -> Iterator[Row]:
    try:
        reader = csv.DictReader(TextIOWrapper(file, encoding="utf-8-sig", newline=""))
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableFile(f"The file lacks the columns {', '.join(missing)}")
        for text in reader:
            yield Row(reader.line_num, {column: (text[column] or "").strip() for column in COLUMNS})
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"The file cannot be read: {error}") from error


def _by_invoice(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.text["InvoiceNo"], []).append(row)
    return grouped


def _read(number: str, rows: Sequence[Row]) -> Invoice | Reject:
    try:
        parsed = [_ParsedRow.of(row) for row in rows]
    except ValueError as error:
        return Reject(number, "unreadable", f"unreadable row: {error}", rows)
    amount = sum(row.quantity * row.unit_price for row in parsed)
    if number.startswith("C"):
        return Reject(number, "credit", CREDIT, rows, amount)
    if all(row.unit_price == 0 for row in parsed):
        return Reject(number, "correction", CORRECTION, rows, amount)
    goods = [row for row in parsed if row.sku not in SHIPPING_CODES]
    if not goods or any(row.quantity <= 0 or row.unit_price < 0 for row in parsed):
        return Reject(
            number, "no_order", "an order needs goods, positive quantities and no negative price", rows, amount
        )
    if amount > MAX_MINOR or any(units > MAX_QUANTITY for units in _units(goods).values()):
        return Reject(number, "too_large", "an amount or a quantity is too large", rows, amount)
    return _invoice(number, rows, parsed, goods)


def _units(goods: Iterable[_ParsedRow]) -> Counter[tuple[str, int]]:
    """Units by SKU and price, in the order in which they first come."""
    units: Counter[tuple[str, int]] = Counter()
    for row in goods:
        units[row.sku, row.unit_price] += row.quantity
    return units


@dataclass(frozen=True)
class _ParsedRow:
    sku: str
    name: str
    quantity: int
    unit_price: int
    placed_at: dt.datetime
    customer_ref: str
    country: str

    @classmethod
    def of(cls, row: Row) -> _ParsedRow:
        text = row.text
        for column in ("InvoiceNo", "StockCode"):
            if not text[column]:
                raise ValueError(f"{column} is missing")
        for column, longest in _LONGEST.items():
            if len(text[column]) > longest:
                raise ValueError(f"{column} is longer than {longest} characters")
            if "\x00" in text[column]:
                raise ValueError(f"{column} contains a NUL character")
        return cls(
            sku=text["StockCode"],
            name=text["Description"] or text["StockCode"],
            quantity=_parsed(row, "Quantity", int),
            unit_price=_parsed(row, "UnitPrice", _pence),
            placed_at=_parsed(row, "InvoiceDate", _moment),
            customer_ref=text["CustomerID"],
            country=text["Country"],
        )


def _parsed(row: Row, column: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(row.text[column])
    except (ValueError, ArithmeticError):
        raise ValueError(f"{column} {row.text[column]!r} is not understood") from None


def _pence(text: str) -> int:
    return to_minor(Decimal(text), CURRENCY)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%m-%d-%Y %H:%M").replace(tzinfo=dt.UTC)


def _invoice(number: str, rows: Sequence[Row], parsed: Sequence[_ParsedRow], goods: Sequence[_ParsedRow]) -> Invoice:
    first = parsed[0]
    return Invoice(
        number=number,
        placed_at=first.placed_at,
        customer_ref=first.customer_ref,
        country=first.country,
        lines=[NewLine(sku, quantity, unit_price=price) for (sku, price), quantity in _units(goods).items()],
        names={row.sku: row.name for row in goods},
        shipping=sum(row.quantity * row.unit_price for row in parsed if row.sku in SHIPPING_CODES),
        rows=rows,
    )
