"""Reads a file of payouts: one row for each call, with its payout's own figures in every row of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, NamedTuple, TypeVar

from core.api.identifiers import parse_id
from core.api.times import parse_day
from core.files.records import BadRow, Record
from core.files.tables import Column, Layout, Table, open_table
from core.files.values import decimal
from core.money import EXPONENT_BY_CURRENCY, MAX_MINOR, exponent
from orders.settlement.payouts import NewLine, NewPayout, settled_reference

T = TypeVar("T")

LAYOUT = Layout(
    Column("payout"),
    Column("paid_on"),
    Column("currency"),
    Column("gross"),
    Column("fee"),
    Column("net"),
    Column("call"),
    Column("amount"),
    Column("call_fee"),
)
MOST_ROWS = 100_000


class _Totals(NamedTuple):
    paid_on: dt.date
    currency: str
    gross: int
    fee: int
    net: int


@dataclass
class _Group:
    line: int
    totals: _Totals
    lines: list[NewLine] = field(default_factory=list)


@dataclass(frozen=True)
class Payouts:
    """What a file says, and what can't be read of it."""

    payouts: list[NewPayout]
    problems: list[str]


def read_payouts(open_at: Callable[[int], BinaryIO]) -> Payouts:
    """All of the file; each row that can't be read is a problem. Raises UnfitFile for a file of other columns."""
    groups: dict[str, _Group] = {}
    problems: list[str] = []
    with open_table(LAYOUT, open_at) as table:
        for number, record in enumerate(table, start=1):
            if number > MOST_ROWS:
                problems.append(f"The file has more than {MOST_ROWS:,} rows: divide it, payout by payout.")
                break
            problems += _read(groups, table, record)
    if not groups and not problems:
        problems.append("The file has no rows.")
    payouts = [
        NewPayout(reference, *group.totals, group.lines, f"line {group.line}") for reference, group in groups.items()
    ]
    return Payouts(payouts, problems)


def _read(groups: dict[str, _Group], table: Table, record: Record) -> Iterator[str]:
    """Adds the row to its payout, or says what is wrong with it."""
    try:
        cells = dict(zip(LAYOUT.names, table.header.cells(record), strict=True))
    except BadRow as bad:
        yield f"line {record.line}: {bad.reason}"
        return
    problems: list[str] = []
    reference = _cell(cells, "payout", settled_reference, problems)
    currency = _cell(cells, "currency", _currency, problems)
    paid_on = _cell(cells, "paid_on", _day, problems)
    key = _cell(cells, "call", _key, problems)
    read = partial(_amount, currency=currency) if currency is not None else None
    names = ("gross", "fee", "net", "amount", "call_fee")
    amounts = [_cell(cells, name, read, problems) if read is not None else None for name in names]
    if problems or reference is None or currency is None or paid_on is None or key is None:
        yield from (f"line {record.line}: {problem}" for problem in problems)
        return
    gross, fee, net, amount, call_fee = (each or 0 for each in amounts)
    totals = _Totals(paid_on, currency, gross, fee, net)
    group = groups.setdefault(reference, _Group(record.line, totals))
    if group.totals != totals:
        yield f"line {record.line}: payout {reference} has other figures than in line {group.line}."
    elif amount == 0:
        yield f"line {record.line}: amount is nothing."
    else:
        group.lines.append(NewLine(key, amount, call_fee, f"line {record.line}"))


def _cell(cells: dict[str, str], name: str, read: Callable[[str], T], problems: list[str]) -> T | None:
    try:
        return read(cells[name].strip())
    except ValueError as error:
        problems.append(f"{name} {error}.")
        return None


def _currency(text: str) -> str:
    if text not in EXPONENT_BY_CURRENCY:
        raise ValueError("is no currency of today, such as EUR")
    return text


def _day(text: str) -> dt.date:
    day = parse_day(text)
    if day is None:
        raise ValueError("is not a day such as 2026-01-31")
    return day


def _key(text: str) -> uuid.UUID:
    found = parse_id(text)
    if found is None:
        raise ValueError("is not the key of a call that we made")
    return found


def _amount(text: str, currency: str) -> int:
    """Minor units. Nothing is rounded."""
    minor = decimal(text).scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"has more digits than {currency} has")
    if abs(minor) > MAX_MINOR:
        raise ValueError("is too large")
    return int(minor)
