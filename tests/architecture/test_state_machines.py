"""The status machines of the models against the database's triggers."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.db import DatabaseError, connection, models, transaction
from django_fsm import FSMField

from core.models import JOB_MOVES, Job, JobStatus
from core.transitions import edges
from orders.actions import pay_by_card
from orders.models import Order
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.statuses import ATTEMPT_MOVES, PAYMENT_MOVES, AttemptState, PaymentState
from orders.refunds.models import Refund, RefundLine
from orders.refunds.statuses import REFUND_MOVES, RefundState
from orders.statuses import ORDER_MOVES, OrderStatus
from shipping.models import Shipment
from shipping.statuses import SHIPMENT_MOVES, ShipmentStatus
from tests.factories import core as core_factory
from tests.factories import orders as order_factory
from tests.factories import shipping as shipping_factory
from tests.factories import trading as trading_factory
from trading.models import BookOrder
from trading.statuses import BOOK_ORDER_MOVES, BookOrderStatus

Moves = list[tuple[str, str]]
Model = type[models.Model]
MACHINES: list[tuple[Model, Moves, type[models.TextChoices]]] = [
    (Order, ORDER_MOVES, OrderStatus),
    (Payment, PAYMENT_MOVES, PaymentState),
    (PaymentAttempt, ATTEMPT_MOVES, AttemptState),
    (Refund, REFUND_MOVES, RefundState),
    (Shipment, SHIPMENT_MOVES, ShipmentStatus),
    (BookOrder, BOOK_ORDER_MOVES, BookOrderStatus),
    (Job, JOB_MOVES, JobStatus),
]


def initial(model: Model) -> str:
    return str(cast(FSMField, model._meta.get_field("status")).get_default())


def path_to(goal: str, moves: Moves, start: str) -> list[str]:
    """The shortest legal way from `start`, without it; KeyError when there is none."""
    ways: dict[str, list[str]] = {start: []}
    queue = [start]
    for here in queue:
        for source, target in moves:
            if source == here and target not in ways:
                ways[target] = [*ways[here], target]
                queue.append(target)
    return ways[goal]


@pytest.mark.parametrize(("model", "moves", "_statuses"), MACHINES)
def test_the_trigger_lets_through_exactly_what_the_model_declares(
    model: Model, moves: Moves, _statuses: type[models.TextChoices]
) -> None:
    assert edges(model) == set(moves)
    assert len(moves) == len(set(moves))


def a_first_row(model: Model) -> models.Model:
    """A row in its first status, of an order that lets everything else about it happen."""
    if model is Order:
        return order_factory.a_draft()
    if model is Payment:
        return order_factory.an_uncaptured_payment()
    if model is Refund:
        refund = order_factory.a_waiting_refund(order_factory.a_placed_order())
        RefundLine.objects.create(refund=refund, kind="goodwill", amount=refund.credited)
        return refund
    if model is PaymentAttempt:
        payment = pay_by_card(order_factory.a_placed_order().pk, token="tok_ok", actor=order_factory.ACTOR)
        return payment.attempts.get()
    if model is Job:
        return core_factory.a_job()
    shipment = shipping_factory.a_shipment()
    return shipping_factory.fresh(shipment)


def a_row(model: Model, moves: Moves, status: str) -> models.Model:
    """A row of this status, which it reached along the listed moves; a book order by fills, the only way there is."""
    if model is BookOrder:
        return trading_factory.a_book_order(status=status)
    row = a_first_row(model)
    for step in path_to(status, moves, initial(model)):
        write_status(row, step)
    return row


def write_status(row: models.Model, status: str) -> None:
    """As no action does: by SQL. It gets what a row of that status must have; only the status is in question."""
    more = ""
    if isinstance(row, Shipment):
        more = ", carrier = 'Royal Mail', dispatched_at = now()"
    elif isinstance(row, Refund) and status != "requested":
        more = ", decided_at = coalesce(decided_at, now()), decided_version = version, decided_by_kind = 'system'"
    elif isinstance(row, PaymentAttempt) and status in {"succeeded", "declined"}:
        more = ", settled_at = coalesce(settled_at, now()), token = ''"
    elif isinstance(row, Job):
        ended = "now()" if status in {"finished", "failed", "cancelled"} else "NULL"
        more = f", finished_at = {ended}, failure = '{'Why.' if status == 'failed' else ''}'"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET status = %s{more} WHERE id = %s", [status, row.pk])


def accepts(row: models.Model, status: str) -> bool:
    """Whether the triggers would let the row move there; nothing is changed.

    A book order that they let through breaks a CHECK, because its amounts stay as they are; checks come after triggers.
    """
    try:
        with transaction.atomic():
            write_status(row, status)
            transaction.set_rollback(True)
    except DatabaseError as refusal:
        if isinstance(row, BookOrder) and "violates check constraint" in str(refusal):
            return True
        if "Invalid transition" not in str(refusal) and "Cannot update rows" not in str(refusal):
            raise
        return False
    return True


CASES: list[Any] = [
    pytest.param(model, moves, status, id=f"{model.__name__}-{status}")
    for model, moves, statuses in MACHINES
    for status in statuses.values
]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "moves", "status"), CASES)
def test_the_database_accepts_the_listed_moves_and_refuses_every_other(model: Model, moves: Moves, status: str) -> None:
    row = a_row(model, moves, status)
    others = {end for move in moves for end in move} - {status}
    listed = {to for source, to in moves if source == status}
    assert {target for target in others if accepts(row, target)} == listed - {status}
    assert model._default_manager.filter(pk=row.pk, status=status).exists()
