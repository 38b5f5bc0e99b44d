"""What the API, the console and the self-check read of refunds."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from core.models import Event
from core.money import share
from orders.discrepancies import Discrepancy, Figure
from orders.models import Order, OrderLine
from orders.payments.events import PaymentRefunded
from orders.payments.queries import refunds_under_way
from orders.pricing.models import DeliveryCharge
from orders.refunds.crediting import Asked, Credit, Worked, work_out
from orders.refunds.events import RefundApproved
from orders.refunds.models import Refund, RefundLine, RefundPart
from orders.refunds.statuses import DECIDED_FOR, CreditKind, RefundState
from orders.statuses import OrderStatus


def refunds_of(order_id: uuid.UUID) -> QuerySet[Refund]:
    return Refund.objects.filter(order_id=order_id).select_related("order").prefetch_related("lines", "parts")


def find_refund(order_id: uuid.UUID, refund_id: uuid.UUID) -> Refund | None:
    return Refund.objects.filter(order_id=order_id, pk=refund_id).first()


def preview(order: Order, asked: Asked) -> Worked:
    """What a refund would come to now. Raises CreditTooLarge, NothingToRefund, InvalidInput."""
    payments = sorted(order.payments.all(), key=lambda each: each.pk, reverse=True)
    under_way = refunds_under_way(order.pk)
    return work_out(order, list(order.deliveries.all()), payments, asked, under_way=under_way)


def credited_by_refunds(order: Order) -> int:
    """All that its refunds credited, in minor units."""
    decided = RefundLine.objects.filter(refund__order_id=order.pk)
    return sum(decided.values_list("amount", flat=True))


def credits_by_version(order: Order) -> Mapping[int, Sequence[Credit]]:
    """What each refund credited, by the version of the event that tells of it; refunds with lines are loaded, the first
    decided first.
    """
    lines, deliveries = _by_id(order.lines.all()), _by_id(order.deliveries.all())
    before: Counter[uuid.UUID] = Counter()
    found: dict[int, list[Credit]] = {}
    for refund in order.refunds.all():
        for row in refund.lines.all():
            of = row.line_id or row.delivery_id
            begin = before[of] if of else 0
            credit = Credit(
                CreditKind(row.kind), row.amount, lines.get(row.line_id), deliveries.get(row.delivery_id),
                row.quantity, begin,
            )  # fmt: skip
            found.setdefault(refund.decided_version or 0, []).append(credit)
            if of:
                before[of] += row.quantity or row.amount
    return found


R = TypeVar("R", OrderLine, DeliveryCharge)


def _by_id(rows: Iterable[R]) -> dict[uuid.UUID | None, R]:
    return {row.pk: row for row in rows}


def refunds_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    """What refunds credited and gave back against what their rows, their lines and the money ledger say."""
    refunds = Refund.objects.order_by("decided_version", "id")
    prefetch_related_objects(
        list(orders), "deliveries", Prefetch("refunds", refunds), "refunds__lines", "refunds__parts"
    )
    told = _told(orders)
    for order in orders:
        if order.placed_at is not None and order.status != OrderStatus.CANCELLED:
            left = order.total - sum(_sum(refund.lines.all()) for refund in order.refunds.all())
            if order.charged - order.credited != left:
                yield Discrepancy(order.number, "charged less credited", order.charged - order.credited, left, "cents")
        for what, stored, expected in _figures(order, told):
            if stored != expected:
                yield Discrepancy(order.number, what, stored, expected, "cents", source="its refunds")


def _figures(order: Order, told: Counter[tuple[str, str]]) -> Iterator[Figure]:
    refunds = list(order.refunds.all())
    for refund in refunds:
        credited = refund.credited if refund.status in DECIDED_FOR else 0
        parts = _sum(refund.parts.all())
        amount = refund.amount if refund.status == RefundState.SUCCEEDED else parts
        if refund.status not in DECIDED_FOR:
            amount = 0
        yield f"credited by refund {refund.pk}", _sum(refund.lines.all()), credited
        yield f"told as credited by refund {refund.pk}", told[str(refund.pk), RefundApproved.type], credited
        yield f"given back by refund {refund.pk}", parts, amount
        yield f"told as given back by refund {refund.pk}", told[str(refund.pk), PaymentRefunded.type], amount
    rows = [row for refund in refunds for row in refund.lines.all()]
    for line in order.lines.all():
        of_it = [row for row in rows if row.line_id == line.pk]
        units = sum(row.quantity for row in of_it)
        yield f"units credited of {line.sku}", line.credited, units
        yield f"credited of {line.sku}", _sum(of_it), share(line.total, line.quantity, 0, min(units, line.quantity))
    for delivery in order.deliveries.all():
        of_it = [row for row in rows if row.delivery_id == delivery.pk]
        yield f"credited of delivery {delivery.name}", delivery.credited, _sum(of_it)


def _told(orders: Sequence[Order]) -> Counter[tuple[str, str]]:
    """(refund, type of event) → what its events say that it credited or gave back."""
    found: Counter[tuple[str, str]] = Counter()
    events = Event.objects.filter(
        subject_type=Order.subject_type,
        subject_id__in=[order.pk for order in orders if order.refunds.all()],
        type__in=[RefundApproved.type, PaymentRefunded.type],
    )
    for kind, data in events.values_list("type", "data"):
        if data.get("refund_id"):
            found[data["refund_id"], kind] += data["credited" if kind == RefundApproved.type else "amount"]
    return found


def _sum(rows: Iterable[RefundLine] | Iterable[RefundPart]) -> int:
    return sum(row.amount for row in rows)
