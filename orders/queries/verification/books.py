"""The books against the money ledger: every entry that moves money is posted as what it is, and nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from books.queries import Posted, posted_for
from orders.discrepancies import Discrepancy
from orders.models import Order
from orders.queries.booked import Key, expected_postings


def postings_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    expected_of, posted = expected_postings(orders), posted_for([order.pk for order in orders])
    for order in orders:
        expected = expected_of[order.pk]
        stored = {(each.version, each.kind): each for each in posted.get(order.pk, ())}
        for key in sorted(expected.keys() | stored.keys()):
            yield from _differences(order, key, stored.get(key), expected.get(key))


def _differences(order: Order, key: Key, stored: Posted | None, expected: Posted | None) -> Iterator[Discrepancy]:
    posting = f"posting {key[1]} at version {key[0]}"
    has, should = _amounts(stored), _amounts(expected)
    for account, detail in sorted(has.keys() | should.keys()):
        amounts = has[account, detail], should[account, detail]
        if amounts[0] != amounts[1]:
            what = f"{posting} to {account}{f' ({detail})' if detail else ''}"
            yield Discrepancy(order.number, what, *amounts, "cents")
    if stored is None or expected is None:
        return
    for name in ("currency", "client_id", "reverses"):
        told, right = str(getattr(stored, name)), str(getattr(expected, name))
        if told != right:
            yield Discrepancy(order.number, f"{name} of {posting}", told, right, "columns")


def _amounts(posted: Posted | None) -> Counter[tuple[str, str]]:
    return Counter({(line.account, line.detail): line.amount for line in (posted.lines if posted else ())})
