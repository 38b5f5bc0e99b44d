"""Money by hand: payments that came in by bank transfer, cash or card terminal, and what was paid back."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput, NotFound
from core.limits import require_within_limit
from core.money import format_money
from core.transactions import action
from orders.actions.ledger import move_money
from orders.actions.locking import lock_live_order, save_order
from orders.authorities import REFUND, WRITE_OFF
from orders.errors import PaymentRefused, RefundTooLarge
from orders.events import BalanceWrittenOff, PaymentCaptured, PaymentRefunded
from orders.models import Order, Payment
from orders.statuses import LedgerKind, OrderStatus


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

    Raises PaymentRefused for a draft, or for a reference that was recorded before.
    """
    _require_positive(amount)
    order = lock_live_order(order_id, expected_version=expected_version)
    if order.status == OrderStatus.DRAFT:
        raise PaymentRefused("The order is a draft; nothing is charged yet.", unblock="Place the order first.")
    payment = _insert_payment(order, method, amount, reference)
    payment.authorise()
    payment.save(update_fields=["status"])
    payment.capture(at=timezone.now())
    payment.save(update_fields=["status", "captured_at"])
    money = {LedgerKind.AUTHORISED.value: amount, LedgerKind.CAPTURED.value: amount}
    captured = PaymentCaptured(payment=payment.pk, method=method, amount=amount, money=money)
    move_money(order, captured, actor=actor, payment=payment, note=reference)
    save_order(order)
    return payment


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
    order = lock_live_order(order_id, expected_version=expected_version)
    payment = Payment.objects.select_for_update().filter(pk=payment_id, order=order).first()
    if payment is None:
        raise NotFound("The order has no such payment.")
    if amount > payment.refundable:
        left = format_money(payment.refundable, order.currency)
        raise RefundTooLarge(
            f"{left} of this payment is left to refund.", unblock="Refund less.", refundable=payment.refundable
        )
    require_within_limit(REFUND, actor, amount=order.refunded + amount, currency=order.currency)
    refunded = PaymentRefunded(payment=payment.pk, amount=amount, money={LedgerKind.REFUNDED.value: amount})
    move_money(order, refunded, actor=actor, payment=payment, note=note)
    save_order(order)
    return payment


@action
def write_off_balance(order_id: uuid.UUID, *, note: str, actor: Actor, expected_version: int | None = None) -> Order:
    """Give up what is still due. Raises PaymentRefused when nothing is, AuthorityExceeded beyond the person's limit."""
    order = lock_live_order(order_id, expected_version=expected_version)
    if order.due <= 0:
        raise PaymentRefused("Nothing is due on this order.", unblock="Nothing to do.", due=order.due)
    require_within_limit(WRITE_OFF, actor, amount=order.written_off + order.due, currency=order.currency)
    written_off = BalanceWrittenOff(amount=order.due, money={LedgerKind.WRITTEN_OFF.value: order.due})
    move_money(order, written_off, actor=actor, note=note)
    save_order(order)
    return order


def _require_positive(amount: int) -> None:
    if amount < 1:
        raise InvalidInput.at("/amount", "min_value", "An amount is at least 1 minor unit.")


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
