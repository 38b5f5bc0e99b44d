"""The payments of a locked order, under their own locks."""

from __future__ import annotations

import uuid

from django.db.models import Prefetch, prefetch_related_objects

from core.errors import NotFound
from core.transactions import step
from orders.models import Order
from orders.payments.errors import PaymentBusy
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.statuses import UNDER_WAY


@step
def locked_payments(order: Order) -> list[Payment]:
    """All payments of a locked order, locked too, the newest first."""
    prefetch_related_objects([order], Prefetch("payments", Payment.objects.select_for_update()))
    return list(order.payments.all())


def payment_of(order: Order, payment_id: uuid.UUID) -> Payment:
    """One of them. Raises NotFound when it isn't one of the order's."""
    payment = next((each for each in locked_payments(order) if each.pk == payment_id), None)
    if payment is None:
        raise NotFound("The order has no such payment.")
    payment.order = order
    return payment


def refuse_busy(payment: Payment) -> None:
    """Raises PaymentBusy while something is under way at the payment's gateway; a payment without one never is."""
    if not payment.gateway:
        return
    attempt = PaymentAttempt.objects.filter(payment=payment, status__in=UNDER_WAY).first()
    if attempt is not None:
        raise PaymentBusy(
            f"{attempt.get_kind_display()} is under way at the gateway {payment.gateway}.",
            unblock="Wait until it is known what became of it.",
            attempt_id=str(attempt.pk),
        )
