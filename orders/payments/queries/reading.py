"""Payments, and the money of an order as of a version."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from orders.payments.models import LedgerEntry, Payment, PaymentAttempt, PaymentNotice
from orders.payments.statuses import UNDER_WAY, AttemptKind, PaymentState
from orders.statuses import ORDER_MONEY


def money_as_of(order_id: uuid.UUID, version: int) -> dict[str, int]:
    """The money columns of the order as they were when it had this version: the sums of its entries up to then."""
    entries = LedgerEntry.objects.filter(order_id=order_id, version__lte=version).order_by()
    sums = dict(entries.values_list("kind").annotate(Sum("amount")))
    return {
        column: sum(sign * sums.get(kind, 0) for kind, sign in kinds.items()) for column, kinds in ORDER_MONEY.items()
    }


def payments_of(order_ids: Sequence[uuid.UUID]) -> QuerySet[Payment]:
    return Payment.objects.filter(order_id__in=order_ids).order_by("id")


def attempts_of(order_id: uuid.UUID, payment_id: uuid.UUID) -> QuerySet[PaymentAttempt]:
    """Of one payment, if it is that order's."""
    found = PaymentAttempt.objects.filter(payment_id=payment_id, payment__order_id=order_id)
    return found.select_related("payment__order")


def notices_of(payment: Payment) -> QuerySet[PaymentNotice]:
    """With their attempts, the newest first."""
    return PaymentNotice.objects.filter(attempt__payment=payment).select_related("attempt")


def refunds_under_way(order_id: uuid.UUID) -> int:
    """What gateways were asked to give back and have not answered for, in minor units."""
    asked = PaymentAttempt.objects.filter(payment__order_id=order_id, kind=AttemptKind.REFUND, status__in=UNDER_WAY)
    return asked.aggregate(amount=Sum("amount"))["amount"] or 0


def authorisations_over(now: dt.datetime) -> QuerySet[Payment]:
    """Payments whose authorisation ran out with money still set aside, the longest over first. None of them waits for
    its gateway's answer."""
    under_way = PaymentAttempt.objects.filter(payment=OuterRef("pk"), status__in=UNDER_WAY)
    over = Payment.objects.filter(
        status=PaymentState.AUTHORISED, authorised_until__lte=now, authorised__gt=F("captured")
    )
    return over.exclude(Exists(under_way)).order_by("authorised_until")


def refundable_payments(order_id: uuid.UUID) -> QuerySet[Payment]:
    return Payment.objects.filter(order_id=order_id, captured__gt=F("refunded"))
