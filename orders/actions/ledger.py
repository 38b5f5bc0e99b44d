"""The money ledger: one entry per change, and the order's money columns are the running sums of its entries."""

from __future__ import annotations

from core.actors import Actor
from core.transactions import step
from orders.models import LedgerEntry, Order, Payment
from orders.statuses import LedgerKind


@step
def post(
    order: Order, kind: LedgerKind, amount: int, *, actor: Actor, payment: Payment | None = None, note: str = ""
) -> None:
    """Enter `amount` minor units and add them to the order's column of that kind; the caller saves the order.

    Zero enters nothing.
    """
    if amount == 0:
        return
    entry(order, kind, amount, actor=actor, payment=payment, note=note).save(force_insert=True)
    setattr(order, kind.value, getattr(order, kind.value) + amount)


def entry(
    order: Order, kind: LedgerKind, amount: int, *, actor: Actor, payment: Payment | None = None, note: str = ""
) -> LedgerEntry:
    return LedgerEntry(order=order, kind=kind, amount=amount, actor=str(actor), payment=payment, note=note)


MONEY = ("charged", "captured", "refunded", "credited", "written_off")
