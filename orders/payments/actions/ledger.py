"""The money ledger: an event that moves money and the entries of its version are made from the same figures.

The entries' trigger moves the columns of order and payment in the database; here their instances follow.
"""

from __future__ import annotations

from core.actors import Actor
from core.outbox import record
from core.transactions import step
from orders.models import Order
from orders.payments.events import MoneyMoved
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
) -> None:
    """Record the event and enter what it moved; the caller saves the order."""
    record(event, subject=order, actor=actor)
    entries = entries_of(order, event, actor=actor, payment=payment, note=note, reverses=reverses)
    LedgerEntry.objects.bulk_create(entries)
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
