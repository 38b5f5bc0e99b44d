"""Paying with gift cards and store credit: the payment and what is taken for it are one transaction."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.ids import new_id
from core.operations import performs, require
from core.transactions import action, step
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import REDEEM_GIFT_CARD, REDEEM_STORE_CREDIT
from orders.payments.actions.capturing import capture_payment, require_positive, require_within_bounds
from orders.payments.models import Payment
from stored_value.actions import Purpose, Redeemed
from stored_value.actions import redeem_gift_card as take_from_gift_card
from stored_value.actions import redeem_store_credit as take_from_store_credit


@performs(REDEEM_GIFT_CARD)
@action
def redeem_gift_card(
    order_id: uuid.UUID,
    *,
    code: str,
    amount: int | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Payment:
    """Pay `amount` minor units with the storefront's gift card of that code; without one as much as is due and there.

    Raises OperationRefused, InvalidInput for an unknown code, StoredValueUnusable, BalanceTooLow, PaymentTooLarge.
    """
    order = lock_order(order_id, expected_version=expected_version)
    require(order, REDEEM_GIFT_CARD)
    payment = pay_with_gift_card(order, code, amount=amount, actor=actor)
    save_order(order)
    return payment


@performs(REDEEM_STORE_CREDIT)
@action
def redeem_store_credit(
    order_id: uuid.UUID, *, amount: int | None = None, actor: Actor, expected_version: int | None = None
) -> Payment:
    """The same with the store credit of the order's customer."""
    order = lock_order(order_id, expected_version=expected_version)
    require(order, REDEEM_STORE_CREDIT)
    payment = pay_with_store_credit(order, amount=amount, actor=actor)
    save_order(order)
    return payment


@step
def pay_with_gift_card(order: Order, code: str, *, amount: int | None = None, actor: Actor) -> Payment:
    """The part of redeem_gift_card that placing shares: the order is locked, charged, and saved by the caller.

    Call it before stock is locked.
    """
    purpose, at_most = _purpose(order), _at_most(order, amount)
    return _captured(
        order, purpose, take_from_gift_card(purpose, code, at_most=at_most, amount=amount, actor=actor), actor
    )


@step
def pay_with_store_credit(order: Order, *, amount: int | None = None, actor: Actor) -> Payment:
    """As pay_with_gift_card; the order has a customer."""
    if order.customer_id is None:
        raise ValueError("a guest has no store credit")
    purpose, at_most = _purpose(order), _at_most(order, amount)
    taken = take_from_store_credit(purpose, order.customer_id, at_most=at_most, amount=amount, actor=actor)
    return _captured(order, purpose, taken, actor)


def _purpose(order: Order) -> Purpose:
    return Purpose(order.client_id, order.pk, new_id(), order.currency)


def _at_most(order: Order, amount: int | None) -> int:
    """What is due. Raises InvalidInput, PaymentTooLarge when more is asked for."""
    if amount is not None:
        require_positive(amount)
        require_within_bounds(order, amount, allow_overpayment=False)
    return order.due


def _captured(order: Order, purpose: Purpose, taken: Redeemed, actor: Actor) -> Payment:
    payment = Payment(
        pk=purpose.payment_id,
        order=order,
        method=taken.kind,
        amount=taken.amount,
        stored_value_id=taken.stored_value_id,
    )
    capture_payment(order, payment, actor=actor)
    return payment
