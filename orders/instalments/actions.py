"""Agreeing on when what is due of an order is to be paid."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils import timezone

from core.actors import Actor
from core.errors import FieldProblem, InvalidInput
from core.inserts import insert_last
from core.money import format_money
from core.operations import performs, require
from core.outbox import record
from core.transactions import action, step
from customers.queries import days_to_pay_of
from orders.instalments.errors import InstalmentsOff
from orders.instalments.events import InstalmentsAgreed
from orders.instalments.models import MOST_INSTALMENTS, Instalment
from orders.locking import lock_order, save_order
from orders.models import Order
from orders.operations import AGREE_INSTALMENTS
from orders.statuses import PaymentTerms
from storefronts.queries import StorefrontRules, settings_of


@dataclass(frozen=True)
class Agreed:
    """`amount` minor units of the order's currency, payable by a day."""

    due_on: dt.date
    amount: int


@performs(AGREE_INSTALMENTS)
@action
def agree_instalments(
    order_id: uuid.UUID, *, instalments: Sequence[Agreed], actor: Actor, expected_version: int | None = None
) -> Order:
    """Agree on the days by which what is due now is paid, in place of all that was agreed before; agreed already, it
    stays so.

    Raises OperationRefused for an order that isn't on account or of which nothing is due, InvalidInput for days that
    are over or out of order, InstalmentsOff when they don't come to what is due.
    """
    order = lock_order(order_id, expected_version=expected_version)
    before = [Agreed(each.due_on, each.amount) for each in order.instalments.order_by("position")]
    if before == list(instalments):
        return order
    require(order, AGREE_INSTALMENTS)
    _require_sound(order, instalments)
    order.instalments.all().delete()
    _agree(order, instalments, actor)
    save_order(order)
    return order


@step
def agree_on_terms(order: Order, rules: StorefrontRules | None = None, *, actor: Actor) -> None:
    """What the terms of its customer, or else of its storefront, say of an order on account from now on: payable
    by one day, if they say how many days there are. `rules` are the storefront's, where they are known. The caller
    saves the order.

    The row is inserted as the transaction ends, after what the order is charged.
    """
    if order.payment_terms != PaymentTerms.ON_ACCOUNT or order.due <= 0:
        return
    rules = rules or settings_of(order.client_id)
    days = _days_to_pay(order, rules)
    if days is not None:
        placed_on = rules.day_of(order.placed_at or timezone.now())
        _agree(order, [Agreed(placed_on + dt.timedelta(days=days), order.due)], actor)


def _days_to_pay(order: Order, rules: StorefrontRules) -> int | None:
    own = None if order.customer_id is None else days_to_pay_of(order.customer_id, order.currency)
    return rules.days_to_pay if own is None else own


@step
def follow_terms(order: Order, *, actor: Actor) -> None:
    """After the terms of a placed order changed: one that is paid before release has no day any more. The caller saves
    it.
    """
    if order.payment_terms == PaymentTerms.ON_ACCOUNT:
        agree_on_terms(order, actor=actor)
        return
    gone, _ = order.instalments.all().delete()
    if gone:
        record(InstalmentsAgreed([]), subject=order, actor=actor)


def _agree(order: Order, instalments: Sequence[Agreed], actor: Actor) -> None:
    told = [{"due_on": each.due_on.isoformat(), "amount": each.amount} for each in instalments]
    record(InstalmentsAgreed(told), subject=order, actor=actor)
    later = sum(each.amount for each in instalments)
    rows = []
    for position, each in enumerate(instalments, start=1):
        later -= each.amount
        rows.append(Instalment(order=order, position=position, due_on=each.due_on, amount=each.amount, later=later))
    insert_last(*rows)


def _require_sound(order: Order, instalments: Sequence[Agreed]) -> None:
    problems = list(_problems(instalments, settings_of(order.client_id).day_of(timezone.now())))
    if problems:
        raise InvalidInput("The instalments can't be agreed on as they are.", errors=problems)
    total = sum(each.amount for each in instalments)
    if total != order.due:
        due = format_money(order.due, order.currency)
        raise InstalmentsOff(
            f"The instalments come to {format_money(total, order.currency)}, and {due} is due.",
            unblock=f"Divide {due}.",
            due=order.due,
        )


def _problems(instalments: Sequence[Agreed], today: dt.date) -> Iterator[FieldProblem]:
    if not 1 <= len(instalments) <= MOST_INSTALMENTS:
        yield FieldProblem("/instalments", "out_of_range", f"There are 1 to {MOST_INSTALMENTS} instalments.")
    for index, each in enumerate(instalments):
        if each.amount <= 0:
            yield FieldProblem(f"/instalments/{index}/amount", "out_of_range", "The amount is more than nothing.")
        if each.due_on < today:
            yield FieldProblem(f"/instalments/{index}/due_on", "in_the_past", f"Agree on today, {today}, or later.")
    for index, (one, other) in enumerate(pairwise(instalments), start=1):
        if one.due_on >= other.due_on:
            told = "Each is payable on a later day than the one before it."
            yield FieldProblem(f"/instalments/{index}/due_on", "out_of_order", told)
