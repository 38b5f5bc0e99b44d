"""What a gateway says otherwise than we do, and what it paid out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from deploy.fakes.gateway import FakeGateway
from orders.models import Order
from orders.payments.models import PaymentAttempt
from orders.payments.statuses import AttemptState
from orders.settlement.actions import import_payouts, record_differences
from orders.settlement.comparing import Figures, Found
from orders.settlement.models import PaymentDifference, Payout
from orders.settlement.payouts import NewLine, NewPayout
from orders.settlement.statuses import DifferenceKind
from tests.factories.core import ACTOR
from tests.factories.orders import TOTAL, a_placed_order, an_authorised_payment

PAID_ON = dt.date(2026, 1, 31)


def the_attempt_of(order: Order, kind: str) -> PaymentAttempt:
    return PaymentAttempt.objects.get(payment__order=order, kind=kind)


def a_captured_attempt(order: Order | None = None) -> PaymentAttempt:
    """The capture of all of a placed order by card, which no gateway was asked for."""
    order = order or a_placed_order()
    an_authorised_payment(order, captured=TOTAL)
    return PaymentAttempt.objects.get(payment__order=order, kind="capture", status=AttemptState.SUCCEEDED)


def a_difference(attempt: PaymentAttempt | None = None, their_amount: int = TOTAL + 5) -> PaymentDifference:
    """A capture of which the gateway says that it was of another amount."""
    attempt = attempt or a_captured_attempt()
    done, order = "capture succeeded", attempt.payment.order
    found = Found(
        DifferenceKind.AMOUNT, str(attempt.pk), order.client_id, attempt.pk, Figures(attempt.amount, "EUR", done),
        Figures(their_amount, "EUR", done),
    )  # fmt: skip
    record_differences("fake", [found], actor=ACTOR)
    return PaymentDifference.objects.get(key=str(attempt.pk))


def a_new_payout(attempts: Sequence[PaymentAttempt], reference: str = "po_1", fee: int = 30) -> NewPayout:
    """Of captures and refunds, each for the same fee."""
    signs = {"capture": 1, "refund": -1}
    lines = [
        NewLine(each.pk, signs[each.kind] * each.amount, fee, f"line {at}") for at, each in enumerate(attempts, start=2)
    ]
    gross, fees = sum(line.amount for line in lines), fee * len(lines)
    return NewPayout(reference, PAID_ON, "EUR", gross, fees, gross - fees, lines, "line 2")


def a_payout(attempt: PaymentAttempt | None = None, reference: str = "po_1") -> Payout:
    (payout,) = import_payouts("fake", [a_new_payout([attempt or a_captured_attempt()], reference)], actor=ACTOR)
    return payout


def forget(gateway: FakeGateway, attempt: PaymentAttempt) -> None:
    """The gateway's list doesn't tell of the call."""
    del gateway.books.came[str(attempt.pk)]
