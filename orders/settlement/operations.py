"""What can be done to a difference: somebody decides what becomes of it."""

from __future__ import annotations

from core.operations import Operation, declare_operations
from core.transitions import Blocker, Check, already
from orders import authorities
from orders.settlement.models import PaymentDifference
from orders.settlement.statuses import Resolution

_FOR_PEOPLE = "Somebody decides it, in the console."


def _open_or(done: Resolution) -> Check:
    """The check that it is still to be decided; `done` is what the operation makes of it."""

    def still_open(difference: PaymentDifference) -> Blocker | None:
        """Nobody has decided on it."""
        if difference.resolution == Resolution.OPEN:
            return None
        told = f"The difference is {difference.resolution} already."
        return already(told) if difference.resolution == done else Blocker(told, "Nothing: it stays as it was decided.")

    return still_open


def in_one_currency(difference: PaymentDifference) -> Blocker | None:
    """One posting moves one currency."""
    if not difference.is_of_two_currencies:
        return None
    return Blocker(
        f"We asked for {difference.our_currency} and the gateway did it in {difference.their_currency}.",
        "Have it put right there, and dismiss it with what was done.",
        ("dismiss",),
    )


def moves_cash(difference: PaymentDifference) -> Blocker | None:
    """There is something to post."""
    if difference.to_post():
        return None
    return Blocker("There is no money of it left to post.", "Dismiss it, with what was done.", ("dismiss",))


ACCEPT = Operation(
    "accept", "Accept and post", authorities.RECONCILE,
    checks=(_open_or(Resolution.ACCEPTED), in_one_currency, moves_cash), unrouted=_FOR_PEOPLE,
)  # fmt: skip
DISMISS = Operation(
    "dismiss", "Dismiss", authorities.RECONCILE, checks=(_open_or(Resolution.DISMISSED),), unrouted=_FOR_PEOPLE,
)  # fmt: skip

declare_operations(PaymentDifference, ACCEPT, DISMISS)
