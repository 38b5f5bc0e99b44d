"""The money columns against the money ledger, and its entries against the events that tell of them."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Sum

from orders.derivation import payment_status
from orders.discrepancies import Discrepancy, Figure
from orders.models import Order
from orders.payments.models import LedgerEntry, Payment
from orders.payments.statuses import PAYMENT_MONEY, LedgerKind
from orders.statuses import ORDER_MONEY, OrderStatus
from stored_value.queries import OfPayment, moved_by_orders

Sums = Mapping[tuple[uuid.UUID | None, str], int]
"""Sums of an order's entries by payment and kind."""

# An event and its entries tell the same: the same kinds and amounts, of the same client and payment, by the same actor.
# An entry that reverses another mirrors it. What only one of the two has differs in its amount from nothing.
_ENTRIES = """
WITH told AS (
    SELECT e.subject_id AS order_id, e.version, moved.kind, moved.amount::bigint AS amount,
           e.client_id::text AS client, coalesce(e.data ->> 'payment_id', '') AS payment,
           concat_ws(' ', e.actor_kind, e.actor_id, e.actor_name) AS actor
    FROM core_event e CROSS JOIN LATERAL jsonb_each_text(e.data -> 'money') AS moved (kind, amount)
    WHERE e.subject_type = 'order' AND e.subject_id = ANY(%(orders)s)
), entered AS (
    SELECT entry.order_id, entry.version, entry.kind, entry.amount,
           entry.client_id::text AS client, coalesce(entry.payment_id::text, '') AS payment,
           concat_ws(' ', entry.actor_kind, entry.actor_id, entry.actor_name) AS actor,
           CASE WHEN entry.reverses_id IS NULL THEN entry.amount > 0
                ELSE reversed.order_id = entry.order_id AND reversed.kind = entry.kind
                    AND reversed.payment_id IS NOT DISTINCT FROM entry.payment_id AND reversed.amount = -entry.amount
           END AS is_exact
    FROM orders_ledgerentry entry LEFT JOIN orders_ledgerentry reversed ON reversed.id = entry.reverses_id
    WHERE entry.order_id = ANY(%(orders)s)
)
SELECT order_id, version, kind, differing.what, differing.stored, differing.expected
FROM told FULL JOIN entered USING (order_id, version, kind)
CROSS JOIN LATERAL (VALUES
    ('amount', coalesce(entered.amount, 0)::text, coalesce(told.amount, 0)::text),
    ('client', entered.client, told.client),
    ('payment', entered.payment, told.payment),
    ('actor', entered.actor, told.actor),
    ('reversal', CASE WHEN entered.version > 0 THEN coalesce(entered.is_exact, false)::text END, 'true')
) AS differing (what, stored, expected)
WHERE differing.stored <> differing.expected
ORDER BY order_id, version, kind
"""


# What events tell of payments that took from, or gave to, gift cards and store credit.
_STORED_VALUE_TOLD = """
SELECT e.subject_id, (e.data ->> 'payment_id')::uuid, (e.data ->> 'stored_value_id')::uuid,
       coalesce(sum((e.data ->> 'amount')::bigint) FILTER (WHERE e.type = 'payment.captured'), 0)::bigint,
       coalesce(sum((e.data ->> 'amount')::bigint) FILTER (WHERE e.type = 'payment.refunded'), 0)::bigint
FROM core_event e
WHERE e.subject_type = 'order' AND e.subject_id = ANY(%(orders)s)
  AND e.type IN ('payment.captured', 'payment.refunded') AND e.data ->> 'stored_value_id' IS NOT NULL
GROUP BY 1, 2, 3
"""


def money_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    sums = _sums(orders)
    for order in orders:
        for what, stored, expected in _figures(order, sums[order.pk]):
            if stored != expected:
                yield Discrepancy(order.number, what, stored, expected, "cents")
        if order.payment_status != payment_status(order):
            yield Discrepancy(order.number, "payment status", order.payment_status, payment_status(order), "columns")
    yield from _entries_off(orders)
    yield from _stored_value_off(orders)


def _entries_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    numbers = {order.pk: order.number for order in orders}
    for order_id, version, kind, what, stored, expected in _rows(_ENTRIES, orders):
        entry = f"{what} of entry {kind} at version {version}"
        if what == "amount":
            yield Discrepancy(numbers[order_id], entry, int(stored), int(expected), "cents", source="its event")
        else:
            yield Discrepancy(numbers[order_id], entry, stored, expected, "columns", source="its event")


def _stored_value_off(orders: Sequence[Order]) -> Iterator[Discrepancy]:
    """The entries of gift cards and store credit against these orders' events, and the payments that name them."""
    rows = _rows(_STORED_VALUE_TOLD, orders)
    told = {(order, payment, of): OfPayment(taken, back) for order, payment, of, taken, back in rows}
    entered = moved_by_orders([order.pk for order in orders])
    numbers = {order.pk: order.number for order in orders}
    for key in sorted(told.keys() | entered.keys()):
        order_id, payment_id, _ = key
        says, has = told.get(key, OfPayment()), entered.get(key, OfPayment())
        for what, stored, expected in (
            (f"redeemed for payment {payment_id}", has.redeemed, says.redeemed),
            (f"given back from payment {payment_id}", has.given_back, says.given_back),
        ):
            if stored != expected:
                yield Discrepancy(numbers[order_id], what, stored, expected, "cents", source="its events")
    took = {(order, payment): of for (order, payment, of), figures in told.items() if figures.redeemed}
    for order in orders:
        for payment in order.payments.all():
            named, expected_id = payment.stored_value_id, took.get((order.pk, payment.pk))
            if named != expected_id:
                what = f"stored value of payment {payment.pk}"
                yield Discrepancy(order.number, what, str(named), str(expected_id), "columns", source="its event")


def _sums(orders: Sequence[Order]) -> Mapping[uuid.UUID, Counter[tuple[uuid.UUID | None, str]]]:
    sums: defaultdict[uuid.UUID, Counter[tuple[uuid.UUID | None, str]]] = defaultdict(Counter)
    rows = LedgerEntry.objects.filter(order__in=orders).order_by().values_list("order_id", "payment_id", "kind")
    for order_id, payment_id, kind, amount in rows.annotate(Sum("amount")):
        sums[order_id][payment_id, kind] = amount
    return sums


def _figures(order: Order, entries: Sums) -> Iterator[Figure]:
    payments = {payment.pk: payment for payment in order.payments.all()}
    yield from _of_order(order, entries)
    for payment_id in payments.keys() | {payment_id for payment_id, _ in entries if payment_id}:
        yield from _of_payment(payments.get(payment_id), payment_id, entries)


def _of_order(order: Order, entries: Sums) -> Iterator[Figure]:
    sums: Counter[str] = Counter()
    for (_, kind), amount in entries.items():
        sums[kind] += amount
    for column, kinds in ORDER_MONEY.items():
        yield column, getattr(order, column), _moved(sums, kinds)
    charged = sums[LedgerKind.CHARGED] - sums[LedgerKind.CREDITED]
    if order.placed_at is None:
        yield "charged less credited, never placed", charged, 0
    elif order.status == OrderStatus.CANCELLED:
        yield "charged less credited and written off, cancelled", charged - sums[LedgerKind.WRITTEN_OFF], 0


def _of_payment(payment: Payment | None, payment_id: uuid.UUID, entries: Sums) -> Iterator[Figure]:
    """A payment that the order's entries name and that isn't the order's has nothing."""
    sums = Counter({kind: amount for (of, kind), amount in entries.items() if of == payment_id})
    for column, kinds in PAYMENT_MONEY.items():
        stored = getattr(payment, column) if payment else 0
        yield f"{column} of payment {payment_id}", stored, _moved(sums, kinds)
    if payment and sums[LedgerKind.AUTHORISED]:
        yield f"amount of payment {payment_id}", payment.amount, sums[LedgerKind.AUTHORISED]


def _moved(sums: Counter[str], kinds: Mapping[str, int]) -> int:
    return sum(sign * sums[kind] for kind, sign in kinds.items())


def _rows(statement: str, orders: Sequence[Order]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"orders": [order.pk for order in orders]})
        return list(cursor.fetchall())
