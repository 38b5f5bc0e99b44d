"""The books against the money ledger: every entry that moves money is posted as what it is, and nothing else is."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Prefetch, prefetch_related_objects

from books.queries import Line, Posted, posted_for, taken_back
from core.models import Event
from orders.discrepancies import Discrepancy
from orders.models import Order
from orders.payments.booking import BOOKED, booked_as
from orders.payments.events import PaymentRefunded
from orders.payments.models import LedgerEntry
from orders.payments.statuses import LedgerKind
from orders.pricing.booking import charged_as

_Key = tuple[int, str]
"""Version and kind."""


def postings_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    entries = LedgerEntry.objects.select_related("payment", "reverses").order_by("version", "kind")
    prefetch_related_objects(list(orders), "deliveries", "tax_totals", Prefetch("ledger", entries))
    posted, went_to = posted_for([order.pk for order in orders]), _refunded_to(orders)
    for order in orders:
        expected = _expected(order, went_to)
        stored = {(each.version, each.kind): each for each in posted.get(order.pk, ())}
        for key in sorted(expected.keys() | stored.keys()):
            yield from _differences(order, key, stored.get(key), expected.get(key))


def _expected(order: Order, went_to: Mapping[tuple[uuid.UUID, int], str]) -> Mapping[_Key, Posted]:
    charge = charged_as(order, order.lines.all(), order.deliveries.all(), order.tax_totals.all())
    found: dict[_Key, Posted] = {}
    given_up = 0
    for entry in order.ledger.all():
        key = entry.version, entry.kind
        of = (entry.reverses.version, entry.reverses.kind) if entry.reverses else None
        if entry.kind not in BOOKED:
            continue
        lines = _lines_of(
            entry, found.get(of) if of else None, charge, given_up, went_to.get((order.pk, entry.version), "")
        )
        if entry.kind in {LedgerKind.CREDITED, LedgerKind.WRITTEN_OFF}:
            given_up += entry.amount
        if lines:
            found[key] = Posted(entry.kind, entry.version, order.currency, order.client_id, lines, of)
    return found


def _lines_of(
    entry: LedgerEntry, reversed_by: Posted | None, charge: Sequence[Line], given_up: int, refunded_to: str
) -> list[Line]:
    """Nothing for an entry that can't be: the ledger's own verification names it."""
    if entry.reverses is not None:
        return taken_back(reversed_by.lines) if reversed_by else []
    try:
        return booked_as(entry, charge, given_up=given_up, refunded_to=refunded_to)
    except ValueError:
        return []


def _refunded_to(orders: Sequence[Order]) -> Mapping[tuple[uuid.UUID, int], str]:
    """(order, version) → where a refund went, if not to where it came from."""
    told = Event.objects.filter(
        subject_type=Order.subject_type, subject_id__in=[order.pk for order in orders], type=PaymentRefunded.type
    )
    return {(pk, version): data["to"] for pk, version, data in told.values_list("subject_id", "version", "data")}


def _differences(order: Order, key: _Key, stored: Posted | None, expected: Posted | None) -> Iterator[Discrepancy]:
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
