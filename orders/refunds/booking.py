"""What a refund credits, as lines of the books: each unit gives back its own price, discount and tax."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from books.queries import Account, Line, credited_of, part_of, summed, taken_back
from orders.models import Order
from orders.pricing.booking import charge_of_stored, part_as_charged
from orders.refunds.crediting import Credit
from orders.refunds.statuses import CreditKind


def rest_of_charge(order: Order) -> list[Line]:
    """What the order was charged as, less what was credited of it before."""
    charge = charge_of_stored(order, list(order.lines.all()))
    return less(charge, credited_of(order.pk)) if order.credited else charge


def less(charge: Iterable[Line], credited: Iterable[Line]) -> list[Line]:
    """`credited` is as its postings have it, with the other sign."""
    return summed([*charge, *credited])


def credited_as(made_of: Sequence[Credit], rest: Sequence[Line]) -> list[Line]:
    """What is credited, as it was charged. Goodwill takes of all that is left alike, and so does the last credit, which
    ends with a balance.
    """
    amount = sum(each.amount for each in made_of)
    if any(each.kind == CreditKind.BALANCE for each in made_of):
        return part_of(rest, 0, amount)
    parts = summed(line for each in made_of for line in _as_charged(each))
    goodwill = sum(each.amount for each in made_of if each.kind == CreditKind.GOODWILL)
    if not goodwill:
        return parts
    return summed([*parts, *part_of(less(rest, taken_back(parts)), 0, goodwill)])


def _as_charged(credit: Credit) -> list[Line]:
    if credit.line is not None:
        charged = part_as_charged(credit.line, Account.GOODS)
        return part_of(charged, credit.begin, credit.begin + credit.quantity, of=credit.line.quantity)
    if credit.delivery is not None:
        charged = part_as_charged(credit.delivery, Account.DELIVERY)
        return part_of(charged, credit.begin, credit.begin + credit.amount)
    return []
