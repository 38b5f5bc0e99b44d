"""Money by hand: payments that came in by bank transfer, cash or card terminal, and what was paid back."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.errors import InvalidInput
from core.limits import require_within_limit
from core.money import format_money
from core.operations import done_already, performs, require
from core.transactions import action, step
from orders import authorities
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import RECORD_PAYMENT, REFUND, WRITE_OFF
from orders.payments.actions.capturing import capture_payment, require_positive, require_within_bounds
from orders.payments.actions.charging import request_refund_of
from orders.payments.actions.ledger import move_money
from orders.payments.actions.locked import payment_of, refuse_busy
from orders.payments.errors import PaymentRefused, RefundTooLarge
from orders.payments.events import BalanceWrittenOff, PaymentRefunded
from orders.payments.models import Payment
from orders.payments.statuses import GIVEN_UP, OF_STORED_VALUE, LedgerKind, PaymentMethod
from stored_value.actions import Purpose, give_back, give_back_as_credit, give_back_to_card


@performs(RECORD_PAYMENT)
@action
def record_payment(
    order_id: uuid.UUID,
    *,
    method: str,
    amount: int,
    actor: Actor,
    reference: str = "",
    allow_overpayment: bool = False,
    expected_version: int | None = None,
) -> Payment:
    """Note money that has arrived, `amount` minor units.

    With `allow_overpayment` it may be more than is due, and makes the order overpaid: up to MOST_KEPT times its total
    are kept in all. Raises InvalidInput for a method that is redeemed, OperationRefused for a draft, PaymentRefused for
    a reference that was recorded before, PaymentTooLarge.
    """
    require_positive(amount)
    if method in OF_STORED_VALUE:
        raise InvalidInput.at("/method", "not_recorded", "A gift card or store credit is redeemed, not recorded.")
    order = lock_order(order_id, expected_version=expected_version)
    require(order, RECORD_PAYMENT)
    _refuse_repeated(order, method, amount, reference)
    require_within_bounds(order, amount, allow_overpayment=allow_overpayment)
    payment = Payment(order=order, method=method, amount=amount, reference=reference)
    capture_payment(order, payment, actor=actor)
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
    as_store_credit: bool = False,
    expected_version: int | None = None,
) -> Payment:
    """Note money given back, `amount` minor units of one payment. Raises RefundTooLarge beyond what is left of it.

    What a gift card or store credit paid goes back to it, and with `as_store_credit` any payment to the customer's
    store credit: in this transaction. Raises InvalidInput when a guest's is to become store credit, AuthorityExceeded
    when the order's refunds would come to more than the person's limit.
    """
    require_positive(amount)
    order = lock_order(order_id, expected_version=expected_version)
    payment = payment_of(order, payment_id)
    require(order, REFUND)
    if amount > payment.refundable:
        left = format_money(payment.refundable, order.currency)
        raise RefundTooLarge(
            f"{left} of this payment is left to refund.", unblock="Refund less.", refundable=payment.refundable
        )
    require_within_limit(authorities.REFUND, actor, amount=order.refunded + amount, currency=order.currency)
    give_back_of(order, payment, amount, as_store_credit=as_store_credit, note=note, actor=actor)
    save_order(order)
    return payment


@step
def give_back_of(
    order: Order,
    payment: Payment,
    amount: int,
    *,
    as_store_credit: bool,
    actor: Actor,
    to_card: uuid.UUID | None = None,
    note: str = "",
    refund_id: uuid.UUID | None = None,
) -> None:
    """Enter so much of a locked payment as given back, to what it was paid with, to store credit or to a gift card; the
    caller saves the order. What a card paid is asked of its gateway, and entered when that has given it back.

    Raises InvalidInput when a guest's is to become store credit, OperationRefused for a gift card that can't be spent,
    PaymentBusy.
    """
    refuse_busy(payment)
    if payment.gateway and not as_store_credit and to_card is None:
        request_refund_of(order, payment, amount, actor=actor, refund_id=refund_id)
        return
    to, stored_value_id = _give_back(
        order, payment, amount, as_store_credit=as_store_credit, to_card=to_card, actor=actor
    )
    refunded = PaymentRefunded(
        payment_id=payment.pk,
        amount=amount,
        to=to,
        stored_value_id=stored_value_id,
        refund_id=refund_id,
        money={LedgerKind.REFUNDED.value: amount},
    )
    move_money(order, refunded, actor=actor, payment=payment, note=note)


@performs(WRITE_OFF)
@action
def write_off_balance(order_id: uuid.UUID, *, note: str, actor: Actor, expected_version: int | None = None) -> Order:
    """Give up what is still due; given up already with the same note, it stays so.

    Raises OperationRefused when nothing is due, AuthorityExceeded beyond the limit.
    """
    order = lock_order(order_id, expected_version=expected_version)
    if done_already(order, WRITE_OFF, note=_note_of_write_off(order) == note):
        return order
    require(order, WRITE_OFF)
    require_within_limit(authorities.WRITE_OFF, actor, amount=order.written_off + order.due, currency=order.currency)
    written_off = BalanceWrittenOff(amount=order.due, money={LedgerKind.WRITTEN_OFF.value: order.due})
    move_money(order, written_off, actor=actor, note=note)
    save_order(order)
    return order


def _give_back(
    order: Order, payment: Payment, amount: int, *, as_store_credit: bool, to_card: uuid.UUID | None, actor: Actor
) -> tuple[str, uuid.UUID | None]:
    """Put it on a gift card or store credit, if that is where it goes: the method and the id of what got it."""
    purpose = Purpose(order.client_id, order.pk, payment.pk, order.currency)
    if as_store_credit:
        if order.customer_id is None:
            raise InvalidInput.at("/as_store_credit", "no_customer", "Store credit belongs to a customer, not a guest.")
        credit_id = give_back_as_credit(purpose, order.customer_id, amount, actor=actor)
        return PaymentMethod.STORE_CREDIT.value, credit_id
    if to_card is not None:
        give_back_to_card(purpose, to_card, amount, actor=actor)
        return PaymentMethod.GIFT_CARD.value, to_card
    if payment.stored_value_id is None:
        return "", None
    give_back(purpose, payment.stored_value_id, amount, actor=actor)
    return payment.method, payment.stored_value_id


def _refuse_repeated(order: Order, method: str, amount: int, reference: str) -> None:
    """Under the order's lock nobody else can record it in between; the database holds that too."""
    recorded = order.payments.filter(method=method, reference=reference).exclude(status__in=GIVEN_UP).first()
    if not reference or recorded is None:
        return
    raise PaymentRefused(
        f"A payment with the reference {reference!r} is recorded already, "
        f"of {format_money(recorded.amount, order.currency)}.",
        unblock="Check the order's payments; a different payment has a different reference.",
        payment_id=str(recorded.pk),
        done=recorded.amount == amount,
    )


def _note_of_write_off(order: Order) -> str | None:
    entries = order.ledger.filter(kind=LedgerKind.WRITTEN_OFF).order_by("-version")
    return entries.values_list("note", flat=True).first()
