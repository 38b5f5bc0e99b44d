"""One planted, altered or deleted row of money is found and named, whatever its column and kind, by whomever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import BigIntegerField, F, Model
from django.test.utils import CaptureQueriesContext

from core.ids import new_id
from core.transactions import action
from orders.actions import (
    cancel_order,
    lock_order,
    place_draft,
    record_payment,
    refund_payment,
    reopen_order,
    write_off_balance,
)
from orders.events import MoneyMoved
from orders.models import Order, OrderLine
from orders.payments.actions import move_money
from orders.payments.models import LedgerEntry, Payment
from orders.payments.statuses import KINDS_OF_PAYMENTS, LedgerKind
from orders.pricing.lines import NewLine
from orders.pricing.models import Adjustment, DeliveryCharge, TaxTotal
from orders.queries.verification import Discrepancy, discrepancies_of, verify_orders
from tests.factories.core import a_client, cause
from tests.factories.orders import ACTOR, TOTAL, a_draft, a_placed_order, an_uncaptured_payment, pay
from tests.factories.watching import as_superuser

pytestmark = pytest.mark.django_db

KINDS = LedgerKind.values
TOLD_BY_NOTHING = {"id", "note", "created_at"}
"""Columns of an entry that nothing else tells."""


def amounts_of(model: type[Model]) -> list[str]:
    """Every column that may hold money, of whatever is added later too."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, BigIntegerField)]


AMOUNTS = [
    (model, name)
    for model in (Order, Payment, OrderLine, DeliveryCharge, Adjustment, TaxTotal)
    for name in amounts_of(model)
    if (model, name) not in {(Order, "number"), (TaxTotal, "taxable")}
]
COLUMNS = [field.name for field in LedgerEntry._meta.concrete_fields if field.name not in TOLD_BY_NOTHING]


@dataclass(frozen=True)
class _Moved(MoneyMoved):
    type: ClassVar[str] = "payment.tested"
    payment_id: object


@action
def a_voided_payment(order: Order, amount: int = 100) -> Payment:
    order = lock_order(order.pk)
    payment = an_uncaptured_payment(order, amount)
    payment.authorise()
    payment.save()
    move_money(order, _Moved(payment.pk, money={"authorised": amount}), actor=ACTOR, payment=payment)
    move_money(order, _Moved(payment.pk, money={"voided": amount}), actor=ACTOR, payment=payment)
    payment.void()
    payment.save()
    return payment


@pytest.fixture
def order() -> Order:
    """One that has had money of every kind, and is placed; its lines and delivery have prices of every kind."""
    lines = [NewLine("A", 3, discount=50, tax=70), NewLine("B", 2)]
    order = place_draft(a_draft(lines=lines, shipping=495).pk, actor=ACTOR)
    payment = record_payment(order.pk, method="cash", amount=2_000, actor=ACTOR)
    refund_payment(order.pk, payment.pk, amount=500, actor=ACTOR)
    a_voided_payment(order)
    write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
    cancel_order(order.pk, reason="Mistake", actor=ACTOR)
    return reopen_order(order.pk, actor=ACTOR)


def found(order: Order) -> list[Discrepancy]:
    return discrepancies_of(list(Order.objects.filter(pk=order.pk).prefetch_related("lines", "payments")))


def entries_of(order: Order) -> Any:
    return LedgerEntry.objects.filter(order=order)


def an_entry(order: Order, kind: str, amount: int = 7) -> LedgerEntry:
    payment = order.payments.filter(status="captured").first() if kind in KINDS_OF_PAYMENTS else None
    return LedgerEntry(order=order, kind=kind, payment=payment, amount=amount, **cause())


def test_an_order_that_has_had_money_of_every_kind_adds_up(order: Order) -> None:
    assert set(entries_of(order).values_list("kind", flat=True)) == {*KINDS}
    assert entries_of(order).filter(reverses__isnull=False).exists()
    assert found(order) == []


@pytest.mark.parametrize(("model", "column"), AMOUNTS)
@pytest.mark.parametrize("change", [1, -1])
def test_an_altered_column_is_named(order: Order, model: type[Model], column: str, change: int) -> None:
    rows = model._default_manager.filter(**{"pk" if model is Order else "order": order.pk}).order_by("pk")
    with as_superuser(model):
        rows.filter(pk=rows.values("pk")[:1]).update(**{column: F(column) + change})
    discrepancies = found(order)
    assert {each.order for each in discrepancies} == {order.number}
    named = {"unit_price": "subtotal", "price": "shipping", "amount": ""}.get(column, column)
    assert any(each.what.startswith(named) for each in discrepancies), discrepancies


@pytest.mark.parametrize(
    ("column", "value"), [("payment_status", "unpaid"), ("fulfilment_status", "shipped"), ("return_status", "returned")]
)
def test_an_altered_status_that_is_derived_is_named(order: Order, column: str, value: str) -> None:
    Order.objects.filter(pk=order.pk).update(**{column: value})
    (wrong,) = found(order)
    assert (wrong.what, wrong.stored, wrong.off) == (column.replace("_", " "), value, 1)


def test_total_and_shipping_altered_together_are_named() -> None:
    draft = a_draft()
    with as_superuser(Order):
        Order.objects.filter(pk=draft.pk).update(total=F("total") + 5, shipping=F("shipping") + 5)
    assert [str(each) for each in found(draft)] == [
        f"order #{draft.number}: shipping is 5, what it is the sum of says 0 (5 cents off)",
        f"order #{draft.number}: total of lines and delivery is {TOTAL + 5}, "
        f"what it is the sum of says {TOTAL} (5 cents off)",
        f"order #{draft.number}: total is {TOTAL + 5}, its last event says {TOTAL} (5 cents off)",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_planted_as_superuser_is_named(order: Order, kind: str) -> None:
    with as_superuser():
        an_entry(order, kind).save(force_insert=True)
    assert f"amount of entry {kind} at version" in " ".join(each.what for each in found(order))


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_planted_with_all_its_triggers_is_refused_or_named(order: Order, kind: str) -> None:
    try:
        with transaction.atomic():
            an_entry(order, kind).save(force_insert=True)
    except DatabaseError:
        assert kind in {"authorised", "captured", "voided", "credited"}
    else:
        assert f"amount of entry {kind} at version" in " ".join(each.what for each in found(order))


def test_a_charge_and_a_credit_planted_together_are_named(order: Order) -> None:
    """Every column follows them, and what is due is as before."""
    an_entry(order, "charged", 50).save(force_insert=True)
    an_entry(order, "credited", 50).save(force_insert=True)
    assert [(each.stored, each.expected) for each in found(order)] == [(50, 0), (50, 0)]


def test_a_second_charge_that_reopening_might_explain_is_named(order: Order) -> None:
    an_entry(order, "charged", TOTAL).save(force_insert=True)
    assert [each.what.partition(" at")[0] for each in found(order)] == [
        "payment status",
        "amount of entry charged",
        "charged less credited",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_altered_amount_is_named(order: Order, kind: str) -> None:
    entry = entries_of(order).filter(kind=kind).first()
    with as_superuser(LedgerEntry):
        LedgerEntry.objects.filter(pk=entry.pk).update(amount=F("amount") + 1)
    assert f"amount of entry {kind} at version {entry.version}" in {each.what for each in found(order)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_entry_is_named(order: Order, kind: str) -> None:
    entry = entries_of(order).filter(kind=kind).first()
    with as_superuser(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_ledgerentry WHERE id = %s", [entry.pk])
    assert f"amount of entry {kind} at version {entry.version}" in {each.what for each in found(order)}


def _other(column: str) -> object:
    others: dict[str, object] = {
        "client": a_client("Other").pk,
        "order": a_placed_order().pk,
        "payment": pay(a_placed_order()).pk,
        "kind": "refunded",
        "amount": 9,
        "version": 77,
        "reverses": new_id(),
    }
    return others.get(column, "other")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", ["captured", "credited"])
def test_whichever_column_of_an_entry_is_altered_it_is_named(order: Order, column: str, kind: str) -> None:
    entry = entries_of(order).filter(kind=kind).latest("version")
    other = _other(column)
    with as_superuser(LedgerEntry):
        LedgerEntry.objects.filter(pk=entry.pk).update(**{column: other})
    assert any(f"at version {entry.version}" in each.what for each in found(order)), found(order)


def test_a_reversal_that_forgets_what_it_reverses_is_named(order: Order) -> None:
    with as_superuser(LedgerEntry):
        entries_of(order).filter(reverses__isnull=False).update(reverses=None)
    (wrong,) = found(order)
    assert wrong.what == f"reversal of entry credited at version {order.version}"


def test_an_entry_of_another_actor_than_its_event_is_named(order: Order) -> None:
    with as_superuser():
        entries_of(order).filter(kind="refunded").update(actor_name="nobody")
    (wrong,) = found(order)
    assert (wrong.stored, wrong.expected) == ("system test nobody", "system test test")


def test_a_payment_that_is_given_to_another_order_is_named(order: Order) -> None:
    other = a_placed_order()
    with as_superuser():
        Payment.objects.filter(order=order, status="captured").update(order=other)
    assert found(order)
    assert found(other)


def test_a_batch_takes_a_handful_of_statements_however_many_orders_it_has() -> None:
    orders = [a_placed_order() for _ in range(3)]
    for order in orders:
        pay(order)
    with CaptureQueriesContext(connection) as few:
        found(orders[0])
    with CaptureQueriesContext(connection) as many:
        discrepancies_of(list(Order.objects.prefetch_related("lines", "payments")))
    assert len(few) == len(many) == 17


@pytest.mark.django_db(transaction=True)
class TestTheCommand:
    def test_names_what_is_wrong_and_fails(self, capsys: pytest.CaptureFixture[str]) -> None:
        order = a_placed_order()
        an_entry(order, "charged", 50).save(force_insert=True)
        with pytest.raises(CommandError, match="do not add up"):
            call_command("verify")
        told = capsys.readouterr().out
        assert "1 orders, 0 units off, 100 cents off" in told
        assert f"order #{order.number}: charged less credited is {TOTAL + 50}, the ledger says {TOTAL}" in told

    def test_a_batch_is_one_snapshot_that_reads_only(self) -> None:
        a_placed_order()
        for tally in verify_orders():
            assert (tally.orders, tally.discrepancies) == (1, [])
