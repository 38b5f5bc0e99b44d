"""What the books must hold of orders, made from their money ledger and the rows of their prices."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Prefetch, prefetch_related_objects

from books.queries import Line, Posted, not_posted, part_of, taken_back
from core.models import Event
from orders.models import Order
from orders.payments.booking import BOOKED, booked_as
from orders.payments.events import PaymentRefunded
from orders.payments.models import LedgerEntry
from orders.payments.statuses import LedgerKind
from orders.pricing.booking import charged_as
from orders.refunds.booking import credited_as, less
from orders.refunds.crediting import Credit
from orders.refunds.models import Refund
from orders.refunds.queries import credits_by_version

Key = tuple[int, str]
"""Version and kind."""


def expected_postings(orders: Sequence[Order]) -> Mapping[uuid.UUID, Mapping[Key, Posted]]:
    """By order; their ledgers, deliveries, taxes and refunds are loaded. A handful of statements for all."""
    entries = LedgerEntry.objects.select_related("payment", "reverses").order_by("version", "kind")
    refunds = Refund.objects.filter(decided_version__isnull=False).order_by("decided_version")
    prefetch_related_objects(
        list(orders),
        *("lines__adjustments", "deliveries__adjustments", "tax_totals"),
        *(Prefetch("ledger", entries), Prefetch("refunds", refunds), "refunds__lines"),
    )
    went_to = _refunded_to(orders)
    return {order.pk: _expected(order, went_to) for order in orders}


def orders_not_posted() -> list[uuid.UUID]:
    """Orders that have an entry of money without a posting, the oldest first."""
    return not_posted(LedgerEntry.objects.all(), "order_id", BOOKED)


def _expected(order: Order, went_to: Mapping[tuple[uuid.UUID, int], str]) -> Mapping[Key, Posted]:
    charge = charged_as(order, order.lines.all(), order.deliveries.all(), order.tax_totals.all())
    credits_at = credits_by_version(order)
    found: dict[Key, Posted] = {}
    rest = charge
    for entry in order.ledger.all():
        if entry.kind not in BOOKED:
            continue
        of = (entry.reverses.version, entry.reverses.kind) if entry.reverses else None
        to = went_to.get((order.pk, entry.version), "")
        made_of = _credited(entry, rest, credits_at) if entry.kind == LedgerKind.CREDITED else charge
        lines = _lines_of(entry, found.get(of) if of else None, made_of, to)
        if entry.kind == LedgerKind.CREDITED:
            rest = less(rest, lines)
        if lines:
            key = entry.version, entry.kind
            found[key] = Posted(entry.kind, entry.version, order.currency, order.client_id, lines, of)
    return found


def _credited(entry: LedgerEntry, rest: Sequence[Line], credits_at: Mapping[int, Sequence[Credit]]) -> list[Line]:
    """What an entry credits is made of: as its refund says, or so much of all that was left."""
    if entry.reverses is not None:
        return []
    if entry.version in credits_at:
        return credited_as(credits_at[entry.version], rest)
    return part_of(rest, 0, entry.amount)


def _lines_of(entry: LedgerEntry, reversed_by: Posted | None, charge: Sequence[Line], refunded_to: str) -> list[Line]:
    """Nothing for an entry that can't be: the ledger's own verification names it."""
    if entry.reverses is not None:
        return taken_back(reversed_by.lines) if reversed_by else []
    try:
        return booked_as(entry, charge, refunded_to=refunded_to)
    except ValueError:
        return []


def _refunded_to(orders: Sequence[Order]) -> Mapping[tuple[uuid.UUID, int], str]:
    """(order, version) → where a refund went, if not to where it came from."""
    told = Event.objects.filter(
        subject_type=Order.subject_type, subject_id__in=[order.pk for order in orders], type=PaymentRefunded.type
    )
    return {(pk, version): data["to"] for pk, version, data in told.values_list("subject_id", "version", "data")}
