"""Reads a shop's invoices from the Online Retail CSV: what becomes an order, and what is set aside with its reason."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from core.files.records import BadRow, Record, Rejected, shown
from core.files.tables import Column, Layout, Table, open_table
from core.files.values import decimal, moment, whole
from core.money import MAX_MINOR, amount_of, spread, to_minor
from core.text import TextKind, UnfitText, normal, settle
from orders.pricing.lines import MAX_QUANTITY, NewLine

T = TypeVar("T")

CURRENCY = "GBP"
TIME_ZONE = "Europe/London"
"""Where the clocks stood that the files' times were read from, unless it is told otherwise: the shop is British."""
SHIPPING_CODES = frozenset({"POST", "DOT", "C2"})
LAYOUT = Layout(
    Column("InvoiceNo", ["Invoice", "InvoiceNumber"]),
    Column("StockCode", ["SKU"]),
    Column("Description"),
    Column("Quantity"),
    Column("InvoiceDate"),
    Column("UnitPrice", ["Price"]),
    Column("CustomerID", ["Customer"]),
    Column("Country"),
)
_LONGEST = {"InvoiceNo": 100, "StockCode": 64, "Description": 250, "CustomerID": 100, "Country": 500}
"""Characters that there is room for."""
_DATE = "%m-%d-%Y %H:%M"
_QUOTED_AT_MOST = 40
_IDENTIFIERS = frozenset({"InvoiceNo", "StockCode", "CustomerID"})

CORRECTION = "zero-price invoice: a stock correction, not an order"
NO_ORDER = "an order needs goods, positive quantities and no negative price"
TOO_LARGE = "an amount or a quantity is too large"
NOBODYS_CREDIT = "a credit invoice without a customer, whom it could be credited to"
NO_CREDIT = "a credit invoice takes back: its quantities are negative, no price is, and it comes to something"
SET_ASIDE = ("correction",)
"""Codes of rows that are neither orders nor credits. All others are rejected because something is wrong with them."""


class Cells(NamedTuple):
    """A row's cells, in the order of the layout."""

    invoice: str
    sku: str
    name: str
    quantity: str
    date: str
    price: str
    customer: str
    country: str


@dataclass(frozen=True)
class Row:
    """One row of the file, with its text as it stands there."""

    line: int
    text: str
    cells: Cells


@dataclass(frozen=True)
class Invoice:
    """An invoice that becomes an order. Amounts are pence; `prices` and `names` are those of its SKUs."""

    number: str
    placed_at: dt.datetime
    customer_ref: str
    country: str
    lines: Sequence[NewLine]
    names: dict[str, str]
    prices: dict[str, int]
    shipping: int
    rows: Sequence[Row]

    @property
    def total(self) -> int:
        return self.shipping + sum(line.quantity * (line.unit_price or 0) for line in self.lines)


@dataclass(frozen=True)
class Credit:
    """A credit invoice: so many pence are the customer's."""

    number: str
    customer_ref: str
    amount: int
    rows: Sequence[Row]


@dataclass(frozen=True)
class Reject:
    """Rows that become neither order nor credit: those of an invoice, or one that can't be read; `amount` in pence."""

    number: str
    rows: Sequence[Rejected]
    amount: int = 0

    @property
    def code(self) -> str:
        return self.rows[0].code


@dataclass
class Invoices:
    """What a file holds, `columns` in its own order. The items are in an order that is the same at every reading."""

    columns: Sequence[str]
    items: list[Invoice | Credit | Reject] = field(default_factory=list)

    @property
    def orders(self) -> list[Invoice]:
        return [item for item in self.items if isinstance(item, Invoice)]

    @property
    def credits(self) -> list[Credit]:
        return [item for item in self.items if isinstance(item, Credit)]

    @property
    def rejects(self) -> list[Reject]:
        return [item for item in self.items if isinstance(item, Reject)]


def read_invoices(open_at: Callable[[int], BinaryIO], zone: ZoneInfo) -> Invoices:
    """Every invoice of the file, whose times are those of `zone`. Raises UnfitFile for other columns."""
    with open_table(LAYOUT, open_at) as table:
        rows, unread = _rows(table)
    grouped = _by_invoice(rows)
    broken = _broken(table, unread)
    found = Invoices(table.header.names)
    found.items += [_read(number, of, zone, broken.get(number)) for number, of in grouped.items()]
    found.items += [Reject("", [rejected]) for _, rejected in unread]
    return found


def rejected_rows(rows: Iterable[Row], code: str, reason: str) -> list[Rejected]:
    return [Rejected(row.line, row.text, code, reason) for row in rows]


def _rows(table: Table) -> tuple[list[Row], list[tuple[Record, Rejected]]]:
    rows: list[Row] = []
    unread: list[tuple[Record, Rejected]] = []
    for record in table:
        try:
            cells = Cells(*table.header.cells(record))
            rows.append(Row(record.line, shown(record.raw), cells))
        except BadRow as bad:
            unread.append((record, Rejected(record.line, shown(record.raw), bad.code, bad.reason)))
    return rows, unread


def _by_invoice(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(normal(row.cells.invoice), []).append(row)
    return grouped


def _broken(table: Table, unread: Iterable[tuple[Record, Rejected]]) -> dict[str, int]:
    """Invoice → the line of a row that may be its own and can't be read."""
    lines: dict[str, int] = {}
    for record, rejected in unread:
        for number in table.header.guess(record, LAYOUT.names.index("InvoiceNo")):
            lines.setdefault(normal(number), rejected.line)
    return lines


def _read(number: str, rows: Sequence[Row], zone: ZoneInfo, broken_line: int | None) -> Invoice | Credit | Reject:
    if broken_line is not None:
        return _reject(number, rows, "incomplete", f"the invoice has a row that cannot be read, at line {broken_line}")
    try:
        parsed = [_ParsedRow.of(row.cells, zone) for row in rows]
    except ValueError as error:
        return _reject(number, rows, "unreadable", f"unreadable row: {error}")
    amount = sum(row.amount for row in parsed)
    code, reason = _obstacle(number, parsed, amount)
    if code:
        return _reject(number, rows, code, reason, amount)
    if _is_credit(number):
        return Credit(number, parsed[0].customer_ref, -amount, rows)
    return _invoice(number, rows, parsed)


def _is_credit(number: str) -> bool:
    return number.startswith("C")


def _reject(number: str, rows: Sequence[Row], code: str, reason: str, amount: int = 0) -> Reject:
    return Reject(number, rejected_rows(rows, code, reason), amount)


def _obstacle(number: str, parsed: Sequence[_ParsedRow], amount: int) -> tuple[str, str]:
    """Why the invoice is neither order nor credit, as code and reason; empty when it is one."""
    if _is_credit(number):
        return _obstacle_of_credit(parsed, amount)
    if all(row.unit_price == 0 for row in parsed):
        return "correction", CORRECTION
    if contradiction := _contradiction(parsed):
        return "contradictory", contradiction
    if not any(row.is_goods for row in parsed) or any(row.quantity <= 0 or row.unit_price < 0 for row in parsed):
        return "no_order", NO_ORDER
    if amount > MAX_MINOR or any(units > MAX_QUANTITY for units in _units(parsed).values()):
        return "too_large", TOO_LARGE
    return "", ""


def _obstacle_of_credit(parsed: Sequence[_ParsedRow], amount: int) -> tuple[str, str]:
    if contradiction := _contradiction(parsed):
        return "contradictory", contradiction
    if not parsed[0].customer_ref:
        return "nobodys_credit", NOBODYS_CREDIT
    if amount >= 0 or any(row.quantity >= 0 or row.unit_price < 0 for row in parsed):
        return "no_credit", NO_CREDIT
    return ("too_large", TOO_LARGE) if -amount > MAX_MINOR else ("", "")


def _contradiction(parsed: Sequence[_ParsedRow]) -> str:
    """What the rows of one invoice disagree about; empty when they agree."""
    said = {
        "customers": [row.customer_ref or "none" for row in parsed],
        "countries": [row.country or "none" for row in parsed],
        "dates": [f"{row.placed_at:%Y-%m-%d %H:%M} UTC" for row in parsed],
    }
    for what, values in said.items():
        first, *others = dict.fromkeys(values)
        if others:
            return f"the invoice has several {what}: {_quoted(first)} and {_quoted(others[0])}"
    return ""


@dataclass(frozen=True)
class _ParsedRow:
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    placed_at: dt.datetime
    customer_ref: str
    country: str

    @classmethod
    def of(cls, cells: Cells, zone: ZoneInfo) -> _ParsedRow:
        """Raises ValueError, in words."""
        sku = _text("StockCode", cells.sku, required=True)
        _text("InvoiceNo", cells.invoice, required=True)
        return cls(
            sku=sku,
            name=_text("Description", " ".join(cells.name.split())) or sku,
            quantity=_parsed("Quantity", cells.quantity, whole),
            unit_price=_parsed("UnitPrice", cells.price, decimal),
            placed_at=_parsed("InvoiceDate", cells.date, lambda text: moment(text, _DATE, zone)),
            customer_ref=_text("CustomerID", cells.customer),
            country=_text("Country", cells.country),
        )

    @property
    def is_goods(self) -> bool:
        return self.sku not in SHIPPING_CODES

    @property
    def amount(self) -> int:
        return amount_of(self.quantity, self.unit_price, CURRENCY)


def _text(column: str, cell: str, *, required: bool = False) -> str:
    """Raises ValueError, naming the column."""
    try:
        text = settle(cell, TextKind.IDENTIFIER if column in _IDENTIFIERS else TextKind.LINE)
    except UnfitText as unfit:
        raise ValueError(f"{column} can't be kept: {unfit.detail}") from None
    if required and not text:
        raise ValueError(f"{column} is missing")
    if len(text) > _LONGEST[column]:
        raise ValueError(f"{column} is longer than {_LONGEST[column]} characters")
    return text


def _parsed(column: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{column} {_quoted(text)} {error}") from None


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _QUOTED_AT_MOST else f"{text[:_QUOTED_AT_MOST]}…")


def _invoice(number: str, rows: Sequence[Row], parsed: Sequence[_ParsedRow]) -> Invoice:
    first, goods = parsed[0], [row for row in parsed if row.is_goods]
    units = _units(parsed).items()
    return Invoice(
        number=number,
        placed_at=first.placed_at,
        customer_ref=first.customer_ref,
        country=first.country,
        lines=[NewLine(sku, quantity, unit_price=price, tax=0) for (sku, price), quantity in units],
        names={row.sku: row.name for row in reversed(goods)},
        prices={row.sku: to_minor(row.unit_price, CURRENCY) for row in reversed(goods)},
        shipping=sum(row.amount for row in parsed if not row.is_goods),
        rows=rows,
    )


def _units(rows: Iterable[_ParsedRow]) -> Counter[tuple[str, int]]:
    """Units of goods by SKU and price, in the order in which they first come.

    What a row comes to is exact and rounded once. Where its units can't all have one price in pence then, some have one
    that is a penny dearer.
    """
    units: Counter[tuple[str, int]] = Counter()
    for row in rows:
        for price, count in spread(row.amount, row.quantity).items() if row.is_goods else ():
            units[row.sku, price] += count
    return units
