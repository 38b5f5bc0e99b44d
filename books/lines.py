"""Lines of postings, before they are stored. Pure: debits are positive, credits negative, in minor units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from books.statuses import Account
from core.money import share


@dataclass(frozen=True)
class Line:
    account: str
    amount: int
    detail: str = ""


def summed(lines: Iterable[Line]) -> list[Line]:
    """One line for each account and detail; what comes to nothing is left out."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in lines:
        sums[line.account, line.detail] += line.amount
    return [Line(account, amount, detail) for (account, detail), amount in sums.items() if amount]


def moved(amount: int, *, to: tuple[str, str], of: tuple[str, str]) -> list[Line]:
    """`amount` from one account to another, each as (account, detail); negative the other way round."""
    return [Line(to[0], amount, to[1]), Line(of[0], -amount, of[1])]


def taken_back(lines: Iterable[Line]) -> list[Line]:
    return [Line(line.account, -line.amount, line.detail) for line in lines]


def part_of(charged: Sequence[Line], begin: int, end: int, *, of: int | None = None) -> list[Line]:
    """What the units from `begin` to before `end` of a charge are made of: minor units of its receivable, or of as many
    units as are given.

    Whatever parts a charge is credited in, one after the other, they come to its lines exactly. What rounding leaves
    is of its largest line.
    """
    total = sum(line.amount for line in charged if line.account == Account.RECEIVABLE)
    units = total if of is None else of
    others = [line for line in charged if line.account != Account.RECEIVABLE]
    if not others:
        return []
    largest = max(others, key=lambda line: abs(line.amount))
    parts = [
        Line(line.account, share(line.amount, units, begin, end), line.detail) for line in others if line != largest
    ]
    owed = share(total, units, begin, end)
    rest = -owed - sum(part.amount for part in parts)
    return summed([Line(Account.RECEIVABLE.value, owed), *parts, Line(largest.account, rest, largest.detail)])
