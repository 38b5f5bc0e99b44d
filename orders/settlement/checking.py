"""Whether payouts are as they should be: every problem is told at once. Pure."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from core.money import format_money
from orders.payments.models import PaymentAttempt
from orders.settlement.models import Payout
from orders.settlement.payouts import NewLine, NewPayout
from orders.settlement.statuses import MOVES_CASH


def problems_of(
    payouts: Sequence[NewPayout], here: Mapping[str, Payout], attempts: Mapping[uuid.UUID, PaymentAttempt]
) -> list[str]:
    """What isn't so, by its place. `here` are those of these references that are recorded, `attempts` the calls
    of the gateway that the lines name.
    """
    named = Counter(line.key for payout in payouts for line in payout.lines)
    found: list[str] = []
    for payout in payouts:
        found += _sums_off(payout)
        if payout.reference in here:
            found += _other_than(payout, here[payout.reference])
            continue
        for line in payout.lines:
            why = _line_off(line, payout.currency, attempts.get(line.key), named[line.key])
            found += [f"{line.place}: {why}"] if why else []
    return found


def _sums_off(payout: NewPayout) -> Iterator[str]:
    def shown(amount: int) -> str:
        return format_money(amount, payout.currency)

    where = f"{payout.place}: payout {payout.reference}"
    for name, total, summed in (
        ("gross", payout.gross, sum(line.amount for line in payout.lines)),
        ("fee", payout.fee, sum(line.fee for line in payout.lines)),
    ):
        if total != summed:
            yield f"{where} has a {name} of {shown(total)}, and its lines come to {shown(summed)}."
    if payout.net != payout.gross - payout.fee:
        left = shown(payout.gross - payout.fee)
        yield f"{where} has a net of {shown(payout.net)}, and its gross less its fee is {left}."


def _other_than(payout: NewPayout, stored: Payout) -> Iterator[str]:
    """What was brought in before says the same, or it is another payout."""
    figures = (stored.paid_on, stored.currency, stored.gross, stored.fee, stored.net)
    lines = {(line.attempt_id, line.amount, line.fee) for line in stored.lines.all()}
    if figures != payout.figures or lines != {(line.key, line.amount, line.fee) for line in payout.lines}:
        yield f"{payout.place}: payout {payout.reference} is here already, with other figures or other calls."


def _line_off(line: NewLine, currency: str, attempt: PaymentAttempt | None, times: int) -> str:
    if attempt is None:
        return f"the gateway was never asked for the call {line.key}."
    if times > 1:
        return f"the call {line.key} is named {times} times."
    if hasattr(attempt, "paid_out"):
        return f"the call {line.key} is paid out already, by {attempt.paid_out.payout}."
    of = attempt.payment.order.currency
    moved = MOVES_CASH.get(f"{attempt.kind} {attempt.status}", 0) * attempt.amount
    if (moved, of) == (line.amount, currency):
        return ""
    told = f"the call {line.key} is {format_money(line.amount, currency)}"
    if not moved:
        return f"{told}, and here it moved no money: {attempt.kind}, {attempt.status}."
    return f"{told}, and here {format_money(moved, of)}."
