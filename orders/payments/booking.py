"""What an entry of the money ledger is in the books. Pure, but for what is read of a charge that is credited."""

from __future__ import annotations

from collections.abc import Sequence

from books.queries import Account, Line, moved, taken_back
from orders.payments.models import LedgerEntry, Payment
from orders.payments.statuses import LedgerKind, PaymentMethod

RECEIVABLE = (Account.RECEIVABLE.value, "")
BOOKED = (
    LedgerKind.CHARGED,
    LedgerKind.CREDITED,
    LedgerKind.WRITTEN_OFF,
    LedgerKind.CAPTURED,
    LedgerKind.REFUNDED,
)
"""Entries that move money; what is authorised or voided moves none."""
_LIABILITIES = {
    PaymentMethod.GIFT_CARD.value: Account.GIFT_CARDS.value,
    PaymentMethod.STORE_CREDIT.value: Account.STORE_CREDIT.value,
}


def booked_as(entry: LedgerEntry, charge: Sequence[Line], *, refunded_to: str = "") -> list[Line]:
    """The lines of an entry that reverses none.

    `charge` is what is charged or credited, `refunded_to` where a refund went if not to where it came from:
    `gift_card`, `store_credit`.
    """
    if entry.kind == LedgerKind.CHARGED:
        return list(charge)
    if entry.kind == LedgerKind.CREDITED:
        return taken_back(charge)
    if entry.kind == LedgerKind.WRITTEN_OFF:
        return moved(entry.amount, to=(Account.WRITTEN_OFF.value, ""), of=RECEIVABLE)
    if entry.payment is None:
        raise ValueError(f"an entry {entry.kind} is of a payment")
    if entry.kind == LedgerKind.CAPTURED:
        return moved(entry.amount, to=money_of(entry.payment), of=RECEIVABLE)
    return moved(entry.amount, to=RECEIVABLE, of=_refunded_from(entry.payment, refunded_to))


def money_of(payment: Payment) -> tuple[str, str]:
    """The account that a payment is paid into: cash by its method and gateway, or what was owed to the holder of a gift
    card.
    """
    if payment.method in _LIABILITIES:
        return _LIABILITIES[payment.method], ""
    return Account.CASH.value, f"{payment.method} {payment.gateway}".strip()


def cash_at(gateway: str) -> tuple[str, str]:
    """The account of what cards paid through a gateway and it has not paid out."""
    return Account.CASH.value, f"{PaymentMethod.CARD.value} {gateway}"


def _refunded_from(payment: Payment, refunded_to: str) -> tuple[str, str]:
    return (_LIABILITIES[refunded_to], "") if refunded_to else money_of(payment)
