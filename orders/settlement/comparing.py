"""What a gateway says of a call against what we say of it. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from orders.payments.gateways import ReportedCall
from orders.payments.models import PaymentAttempt
from orders.settlement.statuses import DifferenceKind


@dataclass(frozen=True)
class Figures:
    """Minor units of a currency, and what was asked and became of it: "capture succeeded"."""

    amount: int
    currency: str
    outcome: str


@dataclass(frozen=True)
class Found:
    """A difference. `client_id` and `attempt_id` are None for a call that isn't known here."""

    kind: DifferenceKind
    key: str
    client_id: uuid.UUID | None = None
    attempt_id: uuid.UUID | None = None
    ours: Figures | None = None
    theirs: Figures | None = None


def compared(attempt: PaymentAttempt | None, told: ReportedCall | None) -> Found | None:
    """How they differ; None when they don't. The attempt has its payment and order with it.

    One that is under way here differs in nothing yet: the sweeper asks what became of it.
    """
    if attempt is None:
        return Found(DifferenceKind.MISSING_HERE, told.key, theirs=_theirs(told)) if told else None
    if attempt.is_under_way:
        return None
    ours = Figures(attempt.amount, attempt.payment.order.currency, f"{attempt.kind} {attempt.status}")
    theirs = _theirs(told) if told else None
    kind = _kind(ours, theirs)
    if kind is None:
        return None
    return Found(kind, str(attempt.pk), attempt.payment.order.client_id, attempt.pk, ours, theirs)


def _theirs(told: ReportedCall) -> Figures:
    return Figures(told.amount, told.currency, f"{told.kind} {told.outcome}")


def _kind(ours: Figures, theirs: Figures | None) -> DifferenceKind | None:
    """What was declined may never have reached the gateway."""
    if theirs is None:
        return DifferenceKind.MISSING_THERE if ours.outcome.endswith(" succeeded") else None
    if ours.outcome != theirs.outcome:
        return DifferenceKind.OUTCOME
    if ours.currency != theirs.currency:
        return DifferenceKind.CURRENCY
    return DifferenceKind.AMOUNT if ours.amount != theirs.amount else None
