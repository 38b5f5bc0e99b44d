"""What the books must hold of orders, made from their money ledger and the rows of their prices."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Prefetch, prefetch_related_objects

from books.queries import Line, Posted, not_posted, taken_back
from core.models import Event
from orders.models import Order
from orders.payments.booking import BOOKED, booked_as
from orders.payments.events import PaymentRefunded
from orders.payments.models import LedgerEntry
from orders.payments.statuses import LedgerKind
from orders.pricing.booking import charged_as

Key = tuple[int, str]
"""Version and kind."""


def expected_postings(orders: Sequence[Order]) -> Mapping[uuid.UUID, Mapping[Key, Posted]]:
    """By order; their ledgers, deliveries and taxes are loaded. A handful of statements for all."""
    entries = LedgerEntry.objects.select_related("payment", "reverses").order_by("version", "kind")
    prefetch_related_objects(list(orders), "lines", "deliveries", "tax_totals", Prefetch("ledger", entries))
    went_to = _refunded_to(orders)
    return {order.pk: _expected(order, went_to) for order in orders}


def orders_not_posted() -> list[uuid.UUID]:
    """Orders that have an entry of money without a posting, the oldest first."""
    return not_posted(LedgerEntry.objects.all(), "order_id", BOOKED)


def _expected(order: Order, went_to: Mapping[tuple[uuid.UUID, int], str]) -> Mapping[Key, Posted]:
    charge = charged_as(order, order.lines.all(), order.deliveries.all(), order.tax_totals.all())
    found: dict[Key, Posted] = {}
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
