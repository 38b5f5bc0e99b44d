"""Money by hand: payments that came in by bank transfer, cash or card terminal, and what was paid back."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput, NotFound
from core.limits import require_within_limit
from core.money import format_money
from core.operations import performs, require
from core.transactions import action
from orders import authorities
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import RECORD_PAYMENT, REFUND, WRITE_OFF
from orders.payments.actions.ledger import move_money
from orders.payments.errors import PaymentRefused, RefundTooLarge
from orders.payments.events import BalanceWrittenOff, PaymentCaptured, PaymentRefunded
from orders.payments.models import Payment
from orders.payments.statuses import LedgerKind


@performs(RECORD_PAYMENT)
@action
def record_payment(
    order_id: uuid.UUID,
    *,
    method: str,
    amount: int,
    actor: Actor,
    reference: str = "",
    expected_version: int | None = None,
) -> Payment:
    """Note money that has arrived, `amount` minor units. More than is due makes the order overpaid.

    Raises OperationRefused for a draft, PaymentRefused for a reference that was recorded before.
    """
    _require_positive(amount)
    order = lock_order(order_id, expected_version=expected_version)
    require(order, RECORD_PAYMENT)
    payment = _insert_payment(order, method, amount, reference)
    payment.authorise()
    payment.save(update_fields=["status"])
    payment.capture(at=timezone.now())
    payment.save(update_fields=["status", "captured_at"])
    money = {LedgerKind.AUTHORISED.value: amount, LedgerKind.CAPTURED.value: amount}
    captured = PaymentCaptured(payment_id=payment.pk, method=method, amount=amount, money=money)
    move_money(order, captured, actor=actor, payment=payment, note=reference)
    save_order(order)
    return payment


@performs(REFUND)
@action
def refund_payment(
    order_id: uuid.UUID,
    payment_id: uuid.UUID,
    *,
    amount: int,
    actor: Actor,
    note: str = "",
    expected_version: int | None = None,
) -> Payment:
    """Note money given back, `amount` minor units of one payment. Raises RefundTooLarge beyond what is left of it.

    Raises AuthorityExceeded when the order's refunds would come to more than the person's limit.
    """
    _require_positive(amount)
    order = lock_order(order_id, expected_version=expected_version)
    payment = _locked_payment(order, payment_id)
    require(order, REFUND)
    if amount > payment.refundable:
        left = format_money(payment.refundable, order.currency)
        raise RefundTooLarge(
            f"{left} of this payment is left to refund.", unblock="Refund less.", refundable=payment.refundable
        )
    require_within_limit(authorities.REFUND, actor, amount=order.refunded + amount, currency=order.currency)
    refunded = PaymentRefunded(payment_id=payment.pk, amount=amount, money={LedgerKind.REFUNDED.value: amount})
    move_money(order, refunded, actor=actor, payment=payment, note=note)
    save_order(order)
    return payment


@performs(WRITE_OFF)
@action
def write_off_balance(order_id: uuid.UUID, *, note: str, actor: Actor, expected_version: int | None = None) -> Order:
    """Give up what is still due. Raises OperationRefused when nothing is, AuthorityExceeded beyond the limit."""
    order = lock_order(order_id, expected_version=expected_version)
    require(order, WRITE_OFF)
    require_within_limit(authorities.WRITE_OFF, actor, amount=order.written_off + order.due, currency=order.currency)
    written_off = BalanceWrittenOff(amount=order.due, money={LedgerKind.WRITTEN_OFF.value: order.due})
    move_money(order, written_off, actor=actor, note=note)
    save_order(order)
    return order


def _require_positive(amount: int) -> None:
    if amount < 1:
        raise InvalidInput.at("/amount", "min_value", "An amount is at least 1 minor unit.")


def _locked_payment(order: Order, payment_id: uuid.UUID) -> Payment:
    """One of the order's payments, which all are locked. Raises NotFound when it isn't one."""
    prefetch_related_objects([order], Prefetch("payments", Payment.objects.select_for_update()))
    payment = next((payment for payment in order.payments.all() if payment.pk == payment_id), None)
    if payment is None:
        raise NotFound("The order has no such payment.")
    return payment


def _insert_payment(order: Order, method: str, amount: int, reference: str) -> Payment:
    payment = Payment(order=order, method=method, amount=amount, reference=reference)
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError as error:
        if "payment_reference_once" not in str(error):
            raise
        raise PaymentRefused(
            f"A payment with the reference {reference!r} is recorded already.",
            unblock="Check the order's payments; a different payment has a different reference.",
        ) from error
    return payment
