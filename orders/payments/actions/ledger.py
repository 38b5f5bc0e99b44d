"""The money ledger: an event that moves money and the entries of its version are made from the same figures.

The entries' trigger moves the columns of order and payment in the database; here their instances follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Model

from books.actions import posting_of
from books.queries import Line, lines_of, posting_at, taken_back
from core.actors import Actor
from core.inserts import insert_together
from core.outbox import record
from core.transactions import step
from orders.models import Order
from orders.payments.booking import BOOKED, booked_as
from orders.payments.events import MoneyMoved, PaymentRefunded
from orders.payments.models import LedgerEntry, Payment
from orders.payments.statuses import PAYMENT_MONEY
from orders.statuses import ORDER_MONEY


@step
def move_money(
    order: Order,
    event: MoneyMoved,
    *,
    actor: Actor,
    payment: Payment | None = None,
    note: str = "",
    reverses: LedgerEntry | None = None,
    charge: Sequence[Line] = (),
) -> None:
    """Record the event, enter what it moved and post it; the caller saves the order.

    What is charged or credited says in `charge` what it is made of.
    """
    record(event, subject=order, actor=actor)
    entries = entries_of(order, event, actor=actor, payment=payment, note=note, reverses=reverses)
    insert_together(*entries, *postings_of(order, entries, event, charge, actor=actor))
    follow(order, entries)


def entries_of(
    order: Order,
    event: MoneyMoved,
    *,
    actor: Actor,
    payment: Payment | None = None,
    note: str = "",
    reverses: LedgerEntry | None = None,
) -> list[LedgerEntry]:
    """The entries of the event that was recorded last, to be inserted. What moved nothing has none."""
    cause = actor.columns()
    return [
        LedgerEntry(
            client_id=order.client_id, order=order, payment=payment, kind=kind,
            amount=amount, reverses=reverses, note=note, version=order.version,
            **cause,
        )
        for kind, amount in event.money.items() if amount
    ]  # fmt: skip


def postings_of(
    order: Order, entries: Sequence[LedgerEntry], event: MoneyMoved, charge: Sequence[Line], *, actor: Actor
) -> list[Model]:
    """The postings of new entries with their lines, to be inserted with them. The order is as it was before them."""
    to = event.to if isinstance(event, PaymentRefunded) else ""
    found: list[Model] = []
    for entry in entries:
        if entry.reverses is not None:
            found += _reversal(order, entry, entry.reverses, actor)
        elif entry.kind in BOOKED:
            lines = booked_as(entry, charge, refunded_to=to)
            found += posting_of(order, entry.kind, lines, currency=order.currency, actor=actor)
    return found


def _reversal(order: Order, entry: LedgerEntry, reverses: LedgerEntry, actor: Actor) -> list[Model]:
    """What is older than the books was never posted, nor is it taken back."""
    posting = posting_at(order.pk, reverses.version, entry.kind)
    if posting is None:
        return []
    lines = taken_back(lines_of(posting))
    return posting_of(order, entry.kind, lines, currency=order.currency, actor=actor, reverses_id=posting.pk)


def follow(order: Order, entries: list[LedgerEntry]) -> None:
    """Give the instances the money that the trigger of these entries gives their rows."""
    for entry in entries:
        _add(order, ORDER_MONEY, entry)
        if entry.payment is not None:
            _add(entry.payment, PAYMENT_MONEY, entry)


def _add(row: Order | Payment, money: dict[str, dict[str, int]], entry: LedgerEntry) -> None:
    for column, kinds in money.items():
        if entry.kind in kinds:
            setattr(row, column, getattr(row, column) + kinds[entry.kind] * entry.amount)
