"""Attempts to be sent to gateways, recorded with the event that has them sent."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.ids import new_id
from core.outbox import record
from core.transactions import step
from orders.models import Order
from orders.payments.actions.locked import refuse_busy
from orders.payments.events import PaymentRequested
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.statuses import AttemptKind


@step
def request_attempt(
    order: Order,
    payment: Payment,
    kind: AttemptKind,
    amount: int,
    actor: Actor,
    *,
    token: str = "",
    then_capture: bool = False,
    refund_id: uuid.UUID | None = None,
) -> PaymentAttempt:
    """Raises PaymentBusy while something else of the payment is under way."""
    refuse_busy(payment)
    attempt_id = new_id()
    requested = PaymentRequested(payment_id=payment.pk, attempt_id=attempt_id, kind=kind.value, amount=amount)
    record(requested, subject=order, actor=actor)
    return PaymentAttempt.objects.create(
        id=attempt_id, payment=payment, kind=kind, amount=amount, token=token, then_capture=then_capture,
        refund_id=refund_id, version=order.version, **actor.columns(),
    )  # fmt: skip


def is_busy(payment: Payment) -> bool:
    """Whether it isn't known yet what became of something that was asked of its gateway."""
    return any(each.is_under_way for each in payment.attempts.all())
