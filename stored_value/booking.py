"""What an entry of a gift card or store credit is in the books. Pure."""

from __future__ import annotations

from books.queries import Account, Line, moved
from stored_value.statuses import EntryKind, StoredValueKind

LIABILITIES = {
    StoredValueKind.GIFT_CARD.value: Account.GIFT_CARDS.value,
    StoredValueKind.STORE_CREDIT.value: Account.STORE_CREDIT.value,
}
"""The account of what is owed to those who hold it, by kind."""

_OTHER_SIDE = {
    EntryKind.ISSUE.value: Account.GIVEN_VALUE.value,
    EntryKind.ADJUST.value: Account.GIVEN_VALUE.value,
    EntryKind.EXPIRE.value: Account.EXPIRED_VALUE.value,
}


BOOKED = tuple(_OTHER_SIDE)
"""Kinds of entries that are posted for themselves; what an order takes or gives back is posted for its payment."""


def booked_as(stored_kind: str, entry_kind: str, amount: int) -> list[Line]:
    """Nothing for what an order takes or gives back, which its payment is posted for."""
    if entry_kind not in _OTHER_SIDE:
        return []
    return moved(amount, to=(_OTHER_SIDE[entry_kind], ""), of=(LIABILITIES[stored_kind], ""))
