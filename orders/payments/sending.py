"""Asking gateways: outside of any transaction, with a deadline, as often as it takes."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog
from django.utils import timezone

from core.actors import Actor
from core.relay import Undeliverable
from core.transactions import refuse_within_unit
from orders.payments.actions import settle_attempt
from orders.payments.gateways import (
    Answer,
    Call,
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    Outcome,
    gateway_named,
)
from orders.payments.models import PaymentAttempt
from orders.payments.statuses import AttemptKind, AttemptState

log = structlog.get_logger("payments")

FORGOTTEN = dt.timedelta(minutes=2)
"""An attempt that is under way for longer is asked about by the sweeper."""
BATCH = 200


def send_attempt(attempt_id: uuid.UUID) -> PaymentAttempt | None:
    """Ask the gateway to do it and record what it says; nothing when it is known already, or waits for the payer.

    Raises GatewayUnavailable when nobody knows what became of it, Undeliverable for what no repeat will help.
    """
    refuse_within_unit()
    attempt = _attempt(attempt_id)
    if attempt is None or attempt.status != AttemptState.REQUESTED:
        return attempt
    return settle_attempt(attempt_id, _ask(_gateway_of(attempt), attempt), actor=_actor(attempt))


def _ask(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    """What it refuses counts as declined only if it doesn't know of it: an earlier sending may have been done."""
    call = _call(attempt)
    try:
        return gateway.send(call)
    except GatewayRefused as error:
        log.error("gateway refuses a call", gateway=attempt.payment.gateway, attempt=str(attempt.pk), error=str(error))
        return gateway.find(call) or Answer(Outcome.DECLINED, code="refused_by_gateway")


def sweep_attempts() -> int:
    """Ask the gateways what became of attempts that nobody has heard of for a while; returns how many are settled.

    What never arrived is sent; of one that waits for the payer it is asked whether they acted.
    """
    forgotten = PaymentAttempt.objects.filter(created_at__lt=timezone.now() - FORGOTTEN).values_list("pk", flat=True)
    sent = forgotten.filter(status=AttemptState.REQUESTED).order_by("created_at")[:BATCH]
    # Some payers never act: in any order, so that those of whom there is nothing to hear hide nobody else.
    waiting = forgotten.filter(status=AttemptState.NEEDS_ACTION).order_by("?")[:BATCH]
    return sum(_swept(pk) for pk in [*sent, *waiting])


def _swept(attempt_id: uuid.UUID) -> bool:
    attempt = _attempt(attempt_id)
    if attempt is None or not attempt.is_under_way:
        return False
    try:
        answer = _gateway_of(attempt).find(_call(attempt))
        if answer is None:
            settled = send_attempt(attempt_id)
        else:
            settled = settle_attempt(attempt_id, answer, actor=_actor(attempt))
    except (GatewayUnavailable, Undeliverable) as error:
        log.warning("nobody knows what became of an attempt", attempt=str(attempt_id), error=str(error))
        return False
    return settled is not None and not settled.is_under_way


def _attempt(attempt_id: uuid.UUID) -> PaymentAttempt | None:
    return PaymentAttempt.objects.select_related("payment__order").filter(pk=attempt_id).first()


def _gateway_of(attempt: PaymentAttempt) -> Gateway:
    try:
        return gateway_named(attempt.payment.gateway)
    except KeyError:
        raise Undeliverable(
            f"The settings have no gateway {attempt.payment.gateway}.", unblock="Add it to PAYMENT_GATEWAYS."
        ) from None


def _call(attempt: PaymentAttempt) -> Call:
    """A capture, void or refund names the authorisation by the reference that the gateway gave it."""
    payment = attempt.payment
    reference = ""
    if attempt.kind != AttemptKind.AUTHORISE:
        authorised = payment.attempts.filter(kind=AttemptKind.AUTHORISE, status=AttemptState.SUCCEEDED)
        reference = authorised.values_list("reference", flat=True).first() or ""
    return Call(
        key=str(attempt.pk), kind=attempt.kind, amount=attempt.amount, currency=payment.order.currency,
        order_id=str(payment.order_id), reference=reference, token=attempt.token,
    )  # fmt: skip


def _actor(attempt: PaymentAttempt) -> Actor:
    return Actor.system(f"payment gateway {attempt.payment.gateway}")
