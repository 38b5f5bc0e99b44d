"""What can be done to the books and to their orders."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations, makes
from trading import authorities, checks
from trading.models import BookOrder, Instrument

_BY_TRADES = "A trade does it, when it takes from the order."

FILL_PARTLY = makes(BookOrder.fill_partly, by_itself=_BY_TRADES)
FILL = makes(BookOrder.fill, by_itself=_BY_TRADES)
CHANGE = Operation(
    "change", "Change", authorities.CHANGE_ORDER, checks=(checks.in_the_book,), route=Route("PATCH", "book-order")
)
REMOVE = makes(BookOrder.remove, authority=authorities.REMOVE_ORDER, route=Route("DELETE", "book-order"))

EDIT_INSTRUMENT = Operation("edit", "Edit", authorities.LIST_INSTRUMENTS, route=Route("PATCH", "instrument"))

declare_operations(Instrument, EDIT_INSTRUMENT)
declare_operations(BookOrder, CHANGE, REMOVE, FILL_PARTLY, FILL)
