"""Money that has arrived, however it came, and how much an order takes."""

from __future__ import annotations

from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput
from core.money import format_money
from core.transactions import step
from orders.models import Order
from orders.payments.actions.ledger import move_money
from orders.payments.errors import PaymentTooLarge
from orders.payments.events import PaymentCaptured
from orders.payments.models import Payment
from orders.payments.statuses import LedgerKind
from orders.statuses import MOST_KEPT


@step
def capture_payment(order: Order, payment: Payment, *, actor: Actor) -> None:
    """Insert a new payment of the order and capture all of it; the caller saves the order."""
    payment.save(force_insert=True)
    payment.authorise()
    payment.save(update_fields=["status"])
    payment.capture(at=timezone.now())
    payment.save(update_fields=["status", "captured_at"])
    captured = PaymentCaptured(
        payment_id=payment.pk,
        method=payment.method,
        amount=payment.amount,
        stored_value_id=payment.stored_value_id,
        money={LedgerKind.AUTHORISED.value: payment.amount, LedgerKind.CAPTURED.value: payment.amount},
    )
    move_money(order, captured, actor=actor, payment=payment, note=payment.reference)


def require_positive(amount: int) -> None:
    if amount < 1:
        raise InvalidInput.at("/amount", "min_value", "An amount is at least 1 minor unit.")


def room(order: Order) -> int:
    """What the order can take beside what cards have set aside for it: what is captured must be recorded then, whatever
    came in meanwhile. Negative when it can't keep all of that either.
    """
    return MOST_KEPT * order.total + order.refunded - order.captured - order.authorised


def require_within_bounds(order: Order, amount: int, *, allow_overpayment: bool) -> None:
    """Raises PaymentTooLarge for more than is due, or than the order can take."""
    due = max(order.due, 0)
    at_most = max(room(order), 0)
    if amount <= (at_most if allow_overpayment else min(due, at_most)):
        return
    asked, most, owed = (format_money(each, order.currency) for each in (amount, at_most, due))
    owed = f"{owed} is due." if due else "Nothing is due."
    if amount > at_most:
        reason = f"{asked} is more than the order can take, which is {most}. {owed}"
        unblock = "Check the amount: it is counted in minor units."
    else:
        reason = f"{asked} is more than is due. {owed}"
        unblock = (
            "Record what is due, or say that more has arrived: `allow_overpayment`, in the console "
            "“It is more than is due”."
        )
    raise PaymentTooLarge(reason, unblock=unblock, due=due, at_most=at_most)
