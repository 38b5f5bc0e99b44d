"""Payments by card: what is asked of a gateway, and what it answers.

Nothing is asked within a transaction. `request_…` records an attempt and commits; the relay's lane of payments sends it
(orders/payments/sending.py), and `settle_attempt` records what became of it. Whatever a crash leaves between is sent
again under the same key, by which the gateway does it once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput, NotFound
from core.money import format_money
from core.operations import performs, require
from core.outbox import record
from core.transactions import action, step
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import CAPTURE_PAYMENT, PAY_BY_CARD, VOID_PAYMENT
from orders.payments.actions.capturing import require_positive, room
from orders.payments.actions.ledger import move_money
from orders.payments.actions.locked import locked_payments, payment_of
from orders.payments.actions.requesting import is_busy, request_attempt
from orders.payments.actions.shipped import capture_what_left
from orders.payments.errors import PaymentTooLarge
from orders.payments.events import (
    PaymentActionNeeded,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from orders.payments.gateways import Answer, Outcome, captures_once, gateway_names
from orders.payments.models import Payment, PaymentAttempt, PaymentNotice
from orders.payments.statuses import AttemptKind, AttemptState, LedgerKind, PaymentMethod, PaymentState

Settled = Callable[[Order, uuid.UUID, Payment, int, Actor], None]
"""Told of a refund's attempt: the order, the refund, the payment, how much of it went back, and by whom."""

_told_of_refunds: list[Settled] = []


def register_refunds(settled: Settled) -> None:
    """Tell what is to be done, in the same transaction, when the gateway has answered for part of a refund."""
    _told_of_refunds[:] = [settled]


@performs(PAY_BY_CARD)
@action
def pay_by_card(
    order_id: uuid.UUID,
    *,
    token: str,
    actor: Actor,
    gateway: str = "",
    amount: int | None = None,
    capture: bool = True,
    expected_version: int | None = None,
) -> Payment:
    """Ask for `amount` minor units of a card, by default all that is due and not asked for already. What waits for a
    payer to act is not counted: they may take another card, and what is authorised when nothing is due is let go.

    With `capture` it is captured as soon as it is authorised. Raises InvalidInput for a gateway that there isn't,
    PaymentTooLarge for more than is due, OperationRefused when nothing is.
    """
    if amount is not None:
        require_positive(amount)
    order = lock_order(order_id, expected_version=expected_version)
    require(order, PAY_BY_CARD)
    gateway = gateway or next(iter(gateway_names()), "")
    if gateway not in gateway_names():
        raise InvalidInput.at("/gateway", "unknown_gateway", "There is no such gateway here.")
    left = _not_asked_for(order)
    amount = left if amount is None else amount
    if amount > left or left < 1:
        raise PaymentTooLarge(
            f"{format_money(max(left, 0), order.currency)} is due and not asked for by card already.",
            unblock="Ask for less, or void what was authorised.",
            due=max(order.due, 0),
            at_most=max(left, 0),
        )
    payment = Payment(order=order, method=PaymentMethod.CARD, amount=amount, gateway=gateway)
    payment.save(force_insert=True)
    request_attempt(order, payment, AttemptKind.AUTHORISE, amount, actor, token=token, then_capture=capture)
    save_order(order)
    return payment


@performs(CAPTURE_PAYMENT)
@action
def capture_payment_of(
    order_id: uuid.UUID,
    payment_id: uuid.UUID,
    *,
    actor: Actor,
    amount: int | None = None,
    expected_version: int | None = None,
) -> Payment:
    """Ask for what was authorised, or part of it. Raises NotFound, PaymentTooLarge, PaymentBusy, OperationRefused."""
    order = lock_order(order_id, expected_version=expected_version)
    payment = payment_of(order, payment_id)
    require(order, CAPTURE_PAYMENT)
    left = payment.authorised - payment.captured
    amount = left if amount is None else amount
    _refuse_beyond(order, amount, left)
    _refuse_beyond_bounds(order, amount, left)
    request_attempt(order, payment, AttemptKind.CAPTURE, amount, actor)
    save_order(order)
    return payment


@performs(VOID_PAYMENT)
@action
def void_payment(
    order_id: uuid.UUID, payment_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None
) -> Payment:
    """Let go what was authorised and not captured. Raises NotFound, PaymentTooLarge, PaymentBusy, OperationRefused."""
    order = lock_order(order_id, expected_version=expected_version)
    payment = payment_of(order, payment_id)
    require(order, VOID_PAYMENT)
    left = payment.authorised - payment.captured
    _refuse_beyond(order, left, left)
    request_attempt(order, payment, AttemptKind.VOID, left, actor)
    save_order(order)
    return payment


@action
def let_expired_go(order_id: uuid.UUID, payment_id: uuid.UUID, *, actor: Actor) -> bool:
    """Void what was not captured in time, so that it doesn't count as set aside any more. False when there is nothing
    to do, or something is under way. Raises NotFound.
    """
    order = lock_order(order_id)
    payment = payment_of(order, payment_id)
    left = payment.authorised - payment.captured
    is_over = payment.status == PaymentState.AUTHORISED and payment.is_past(timezone.now())
    if not is_over or not left or is_busy(payment):
        return False
    request_attempt(order, payment, AttemptKind.VOID, left, actor)
    save_order(order)
    return True


@step
def let_go_of(order: Order, actor: Actor) -> None:
    """Void what is authorised for an order that is cancelled; what is under way is voided once it is settled."""
    if not order.payments.filter(status=PaymentState.AUTHORISED).exists():
        return
    for payment in locked_payments(order):
        left = payment.authorised - payment.captured
        if payment.status == PaymentState.AUTHORISED and left and not is_busy(payment):
            request_attempt(order, payment, AttemptKind.VOID, left, actor)


@step
def request_refund_of(
    order: Order, payment: Payment, amount: int, *, actor: Actor, refund_id: uuid.UUID | None
) -> None:
    """Ask the gateway of a captured payment to give so much back; it is entered when it has."""
    request_attempt(order, payment, AttemptKind.REFUND, amount, actor, refund_id=refund_id)


@action
def settle_attempt(attempt_id: uuid.UUID, answer: Answer, *, actor: Actor) -> PaymentAttempt:
    """Record what became of an attempt; what is known already stays so, whoever tells it again.

    Raises NotFound when there is none.
    """
    order, payment, attempt = _locked(attempt_id)
    _settle(order, payment, attempt, answer, actor)
    return attempt


@action
def record_notice(attempt_id: uuid.UUID, answer: Answer, *, actor: Actor) -> PaymentAttempt:
    """Settle an attempt by what its gateway told unasked, and insert one orders_paymentnotice unless there is the same.

    Raises NotFound when there is no such attempt.
    """
    order, payment, attempt = _locked(attempt_id)
    before = attempt.status
    _settle(order, payment, attempt, answer, actor)
    PaymentNotice.objects.get_or_create(
        attempt=attempt, outcome=answer.outcome.value, reference=answer.reference[:200], code=answer.code[:100],
        defaults={"was_news": attempt.status != before},
    )  # fmt: skip
    return attempt


@step
def _settle(order: Order, payment: Payment, attempt: PaymentAttempt, answer: Answer, actor: Actor) -> None:
    """What is known already stays so."""
    if not attempt.is_under_way:
        return
    if answer.outcome == Outcome.NEEDS_ACTION:
        _wait_for_the_payer(order, payment, attempt, answer, actor)
        return
    now = timezone.now()
    if answer.outcome == Outcome.DECLINED:
        attempt.decline(code=answer.code[:100], at=now)
    else:
        attempt.succeed(reference=answer.reference[:200], at=now)
        if attempt.kind == AttemptKind.AUTHORISE:
            payment.authorised_until = answer.expires_at
    attempt.save(update_fields=["status", "reference", "code", "token", "action_url", "settled_at"])
    if answer.outcome == Outcome.DECLINED:
        _declined(order, payment, attempt, actor)
    else:
        _DONE[AttemptKind(attempt.kind)](order, payment, attempt, actor)
    save_order(order)


def _locked(attempt_id: uuid.UUID) -> tuple[Order, Payment, PaymentAttempt]:
    """Which order an attempt is of never changes, so that much is read first, without a lock."""
    attempt = PaymentAttempt.objects.filter(pk=attempt_id).select_related("payment").first()
    if attempt is None:
        raise NotFound("There is no such attempt.")
    order = lock_order(attempt.payment.order_id)
    payment = payment_of(order, attempt.payment_id)
    return order, payment, PaymentAttempt.objects.select_for_update().get(pk=attempt_id)


@step
def _wait_for_the_payer(order: Order, payment: Payment, attempt: PaymentAttempt, answer: Answer, actor: Actor) -> None:
    if attempt.status == AttemptState.NEEDS_ACTION:
        return
    attempt.wait(reference=answer.reference[:200], action_url=answer.action_url[:500])
    attempt.save(update_fields=["status", "reference", "action_url"])
    needed = PaymentActionNeeded(payment_id=payment.pk, attempt_id=attempt.pk)
    record(needed, subject=order, actor=actor)


@step
def _declined(order: Order, payment: Payment, attempt: PaymentAttempt, actor: Actor) -> None:
    """An authorisation that is declined ends its payment; what else is declined leaves it as it is. What an order that
    was cancelled meanwhile has set aside still is let go. What ran out is gone, though nobody could void it any more.
    """
    if attempt.kind == AttemptKind.AUTHORISE:
        payment.fail()
        payment.save(update_fields=["status"])
    declined = PaymentDeclined(payment_id=payment.pk, attempt_id=attempt.pk, kind=attempt.kind)
    record(declined, subject=order, actor=actor)
    if attempt.kind == AttemptKind.CAPTURE and not order.is_wanted:
        request_attempt(order, payment, AttemptKind.VOID, payment.authorised - payment.captured, actor)
    if attempt.kind == AttemptKind.VOID and payment.is_past(timezone.now()):
        _voided(order, payment, attempt, actor)
    if attempt.refund_id is not None:
        _tell(order, attempt, payment, 0, actor)


@step
def _authorised(order: Order, payment: Payment, attempt: PaymentAttempt, actor: Actor) -> None:
    """Captured at once if that was asked for; let go if the order was cancelled or paid in another way meanwhile."""
    is_due = order.is_wanted and attempt.amount <= _not_asked_for(order, but=payment)
    payment.authorise()
    payment.save(update_fields=["status", "authorised_until"])
    money = {LedgerKind.AUTHORISED.value: attempt.amount}
    event = PaymentAuthorised(payment_id=payment.pk, attempt_id=attempt.pk, amount=attempt.amount, money=money)
    move_money(order, event, actor=actor, payment=payment, note=attempt.reference)
    if not is_due:
        request_attempt(order, payment, AttemptKind.VOID, attempt.amount, actor)
    elif attempt.then_capture:
        request_attempt(order, payment, AttemptKind.CAPTURE, attempt.amount, actor)
    else:
        capture_what_left(order, actor)


@step
def _captured(order: Order, payment: Payment, attempt: PaymentAttempt, actor: Actor) -> None:
    """All of it ends the authorisation; part leaves the rest set aside, for what is dispatched later, unless nothing is
    due any more or the gateway has let go of it."""
    money = {LedgerKind.CAPTURED.value: attempt.amount}
    event = PaymentCaptured(payment_id=payment.pk, method=payment.method, amount=attempt.amount, money=money)
    move_money(order, event, actor=actor, payment=payment, note=attempt.reference)
    if payment.captured == payment.authorised:
        _close(payment)
    elif not order.is_wanted or order.due <= 0 or captures_once(payment.gateway):
        request_attempt(order, payment, AttemptKind.VOID, payment.authorised - payment.captured, actor)
    capture_what_left(order, actor)


@step
def _voided(order: Order, payment: Payment, attempt: PaymentAttempt, actor: Actor) -> None:
    """What was captured before stays; nobody wanted the rest, or it was not captured in time."""
    money, expired = {LedgerKind.VOIDED.value: attempt.amount}, payment.is_past(timezone.now())
    event = PaymentVoided(
        payment_id=payment.pk, attempt_id=attempt.pk, amount=attempt.amount, expired=expired, money=money
    )
    move_money(order, event, actor=actor, payment=payment, note=attempt.reference)
    if payment.captured:
        _close(payment)
        return
    if expired:
        payment.expire()
    else:
        payment.void()
    payment.save(update_fields=["status"])


@step
def _refunded(order: Order, payment: Payment, attempt: PaymentAttempt, actor: Actor) -> None:
    money = {LedgerKind.REFUNDED.value: attempt.amount}
    event = PaymentRefunded(payment_id=payment.pk, amount=attempt.amount, refund_id=attempt.refund_id, money=money)
    move_money(order, event, actor=actor, payment=payment, note=attempt.reference)
    if attempt.refund_id is not None:
        _tell(order, attempt, payment, attempt.amount, actor)


_DONE = {
    AttemptKind.AUTHORISE: _authorised,
    AttemptKind.CAPTURE: _captured,
    AttemptKind.VOID: _voided,
    AttemptKind.REFUND: _refunded,
}


def _tell(order: Order, attempt: PaymentAttempt, payment: Payment, amount: int, actor: Actor) -> None:
    for settled in _told_of_refunds:
        settled(order, uuid.UUID(str(attempt.refund_id)), payment, amount, actor)


def _close(payment: Payment) -> None:
    payment.capture(at=timezone.now())
    payment.save(update_fields=["status", "captured_at"])


def _not_asked_for(order: Order, *, but: Payment | None = None) -> int:
    """What is due and neither asked for by card nor authorised, but for one payment."""
    return order.due - sum(_set_aside(each) for each in locked_payments(order) if each != but)


def _set_aside(payment: Payment) -> int:
    """What is asked for, or authorised, and not captured. A payer who has yet to act may never do so."""
    if payment.status == PaymentState.PENDING:
        return payment.amount if payment.attempts.filter(status=AttemptState.REQUESTED).exists() else 0
    return payment.authorised - payment.captured if payment.status == PaymentState.AUTHORISED else 0


def _refuse_beyond(order: Order, amount: int, left: int) -> None:
    if 1 <= amount <= left:
        return
    if left:
        require_positive(amount)
    raise PaymentTooLarge(
        f"{format_money(left, order.currency)} of this payment is authorised and not captured.",
        unblock="Ask for no more than that." if left else "Nothing to do.",
        due=max(order.due, 0),
        at_most=left,
    )


def _refuse_beyond_bounds(order: Order, amount: int, left: int) -> None:
    """What the gateway would capture must be recorded: so it isn't asked for more than the order can keep."""
    at_most = max(left + min(room(order), 0), 0)
    if amount > at_most:
        raise PaymentTooLarge(
            f"The order can take {format_money(at_most, order.currency)} of this payment.",
            unblock="Refund what is overpaid first, or void what was authorised.",
            due=max(order.due, 0),
            at_most=at_most,
        )
