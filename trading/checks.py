"""What an order of the book must be like before something may be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.transitions import Blocker
from trading.statuses import IN_THE_BOOK

if TYPE_CHECKING:
    from trading.models import BookOrder


def in_the_book(order: BookOrder) -> Blocker | None:
    """Something is left of it in the book."""
    if order.status in IN_THE_BOOK:
        return None
    state = order.get_status_display().lower()
    reason = f"The order is {state}; nothing about it changes any more."
    return Blocker(reason, "Nothing: add an order under a new id.")
