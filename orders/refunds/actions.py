"""Giving back: what is asked for is credited and paid back at once, or waits for a second person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils import timezone

from core.actors import Actor
from core.errors import AuthorityExceeded, InvalidInput, NotFound
from core.inserts import insert_together
from core.limits import require_within_limit
from core.operations import OperationRefused, performs, require
from core.outbox import record
from core.transactions import action, step
from core.transitions import already
from orders import authorities
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import APPROVE_REFUND, REFUND_ITEMS, REJECT_REFUND
from orders.payments.actions import give_back_of, locked_payments, move_money
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.queries import refunds_under_way
from orders.payments.statuses import UNDER_WAY, LedgerKind
from orders.refunds.booking import credited_as, rest_of_charge
from orders.refunds.crediting import Asked, Credit, Worked, work_out
from orders.refunds.errors import SecondPersonNeeded
from orders.refunds.events import RefundApproved, RefundFailed, RefundRejected, RefundRequested, RefundSucceeded
from orders.refunds.models import DECIDED, Refund, RefundLine, RefundPart
from orders.refunds.queries import credited_by_refunds, find_refund
from orders.refunds.statuses import DECIDED_FOR, RefundState, RefundTo
from stored_value.queries import is_gift_card_of


@performs(REFUND_ITEMS)
@action
def refund_items(
    order_id: uuid.UUID,
    *,
    asked: Asked,
    reason: str,
    actor: Actor,
    to: str = RefundTo.ORIGINAL,
    gift_card_id: uuid.UUID | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Refund:
    """Credit units, delivery or goodwill, and give back what is overpaid then: at once, or, when that is more than the
    person may give back of one order, after a second person has approved it.

    Raises CreditTooLarge, NothingToRefund, OperationRefused for a draft, InvalidInput for a line that isn't the order's
    for store credit of a guest, and for a gift card that the storefront hasn't or that isn't named as it should be.
    """
    order = lock_order(order_id, expected_version=expected_version)
    require(order, REFUND_ITEMS)
    if to == RefundTo.STORE_CREDIT and order.customer_id is None:
        raise InvalidInput.at("/to", "no_customer", "Store credit belongs to a customer, not a guest.")
    _require_card(order, to, gift_card_id)
    worked = _worked(order, asked)
    refund = Refund(
        order=order, reason=reason, note=note, to=to, gift_card_id=gift_card_id, asked=asked.document(),
        credited=worked.credited, amount=worked.amount, above_limit=_is_above_limit(order, worked, actor),
        version=order.version + 1, **actor.columns(),
    )  # fmt: skip
    refund.save(force_insert=True)
    if refund.above_limit:
        asked_for = RefundRequested(refund_id=refund.pk, credited=refund.credited, amount=refund.amount)
        record(asked_for, subject=order, actor=actor)
        return refund
    refund.approve(actor, at=timezone.now(), version=refund.version)
    _carry_out(order, refund, worked, actor)
    return refund


@performs(APPROVE_REFUND)
@action
def approve_refund(
    order_id: uuid.UUID, refund_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None
) -> Refund:
    """Credit and give back what was asked for, as it comes to now; approved already, it stays so.

    Raises NotFound, SecondPersonNeeded when the same person asked for it, AuthorityExceeded beyond the limit of this
    person too, CreditTooLarge when that much is no longer left, OperationRefused for one that was rejected.
    """
    order = lock_order(order_id, expected_version=expected_version)
    refund = _refund_of(order, refund_id)
    if refund.status in DECIDED_FOR:
        return refund
    require(order, APPROVE_REFUND)
    refund.approve(actor, at=timezone.now(), version=order.version + 1)
    if (refund.actor.kind, refund.actor.id) == (actor.kind, actor.id):
        raise SecondPersonNeeded(
            "The refund goes beyond the limit of who asked for it.", unblock="Have somebody else approve it."
        )
    worked = _worked(order, Asked.of(refund.asked))
    require_within_limit(authorities.REFUND, actor, amount=_given_in_all(order, worked), currency=order.currency)
    _carry_out(order, refund, worked, actor)
    return refund


@performs(REJECT_REFUND)
@action
def reject_refund(
    order_id: uuid.UUID, refund_id: uuid.UUID, *, reason: str, actor: Actor, expected_version: int | None = None
) -> Refund:
    """Give nothing back; rejected already for the same reason, it stays so. Raises NotFound, OperationRefused."""
    order = lock_order(order_id, expected_version=expected_version)
    refund = _refund_of(order, refund_id)
    if refund.status == RefundState.REJECTED:
        if refund.rejection == reason:
            return refund
        raise OperationRefused(
            order, REJECT_REFUND, already("The refund is rejected already. It was done with another reason.")
        )
    require(order, REJECT_REFUND)
    refund.reject(actor, reason=reason, at=timezone.now(), version=order.version + 1)
    refund.save(update_fields=["status", "rejection", *DECIDED])
    record(RefundRejected(refund_id=refund.pk), subject=order, actor=actor)
    return refund


def _require_card(order: Order, to: str, gift_card_id: uuid.UUID | None) -> None:
    if (to == RefundTo.GIFT_CARD) != (gift_card_id is not None):
        raise InvalidInput.at("/gift_card_id", "not_both", "A refund to a gift card names it, and no other does.")
    if gift_card_id is not None and not is_gift_card_of(order.client_id, gift_card_id):
        raise InvalidInput.at("/gift_card_id", "unknown_gift_card", "The storefront has no such gift card.")


@step
def _worked(order: Order, asked: Asked) -> Worked:
    under_way = refunds_under_way(order.pk)
    return work_out(order, list(order.deliveries.all()), locked_payments(order), asked, under_way=under_way)


def _given_in_all(order: Order, worked: Worked) -> int:
    """What the limits are of: all that one order gave back or credited."""
    return max(
        order.refunded + refunds_under_way(order.pk) + worked.amount, credited_by_refunds(order) + worked.credited
    )


def _is_above_limit(order: Order, worked: Worked, actor: Actor) -> bool:
    try:
        require_within_limit(authorities.REFUND, actor, amount=_given_in_all(order, worked), currency=order.currency)
    except AuthorityExceeded:
        return True
    return False


@step
def _carry_out(order: Order, refund: Refund, worked: Worked, actor: Actor) -> None:
    """Credit an approved refund and give its money back: at once, or as its payments' gateways answer."""
    charge = credited_as(worked.credits, rest_of_charge(order)) if worked.credited else ()
    credited = {LedgerKind.CREDITED.value: worked.credited} if worked.credited else {}
    approved = RefundApproved(refund_id=refund.pk, credited=worked.credited, amount=worked.amount, money=credited)
    move_money(order, approved, actor=actor, note=refund.note, charge=charge)
    refund.credited, refund.amount = worked.credited, worked.amount
    refund.save(update_fields=["status", "credited", "amount", *DECIDED])
    _credit(refund, worked.credits)
    for payment, amount in worked.parts:
        give_back_of(
            order, payment, amount, as_store_credit=refund.to == RefundTo.STORE_CREDIT, to_card=refund.gift_card_id,
            note=refund.note, refund_id=refund.pk, actor=actor,
        )  # fmt: skip
    at_once = [each for each in worked.parts if not _asks_a_gateway(refund, each[0])]
    insert_together(*(RefundPart(refund=refund, payment=payment, amount=amount) for payment, amount in at_once))
    if len(at_once) == len(worked.parts):
        _end(order, refund, worked.amount, actor)
    save_order(order)


@step
def settle_part(order: Order, refund_id: uuid.UUID, payment: Payment, amount: int, actor: Actor) -> None:
    """A gateway has answered for the part of a payment: so much of it went back, or nothing. The last answer ends the
    refund; the caller saves the order.
    """
    refund = _refund_of(order, refund_id)
    if amount:
        insert_together(RefundPart(refund=refund, payment=payment, amount=amount))
    if not PaymentAttempt.objects.filter(payment__order=order, refund_id=refund_id, status__in=UNDER_WAY).exists():
        _end(order, refund, sum(part.amount for part in refund.parts.all()), actor)


@step
def _end(order: Order, refund: Refund, given_back: int, actor: Actor) -> None:
    event: RefundSucceeded | RefundFailed
    if given_back == refund.amount:
        refund.succeed()
        event = RefundSucceeded(refund_id=refund.pk, amount=given_back)
    else:
        refund.fail()
        event = RefundFailed(refund_id=refund.pk, amount=given_back)
    refund.save(update_fields=["status"])
    record(event, subject=order, actor=actor)


def _asks_a_gateway(refund: Refund, payment: Payment) -> bool:
    return bool(payment.gateway) and refund.to == RefundTo.ORIGINAL


@step
def _credit(refund: Refund, made_of: Sequence[Credit]) -> None:
    """Insert the lines; their trigger counts what is credited, and the instances follow."""
    insert_together(
        *(
            RefundLine(
                refund=refund, kind=each.kind, line=each.line, delivery=each.delivery, quantity=each.quantity,
                amount=each.amount,
            )
            for each in made_of
        )
    )  # fmt: skip
    for each in made_of:
        if each.line is not None:
            each.line.credited += each.quantity
        if each.delivery is not None:
            each.delivery.credited += each.amount


def _refund_of(order: Order, refund_id: uuid.UUID) -> Refund:
    refund = find_refund(order.pk, refund_id)
    if refund is None:
        raise NotFound("The order has no such refund.")
    refund.order = order
    return refund
