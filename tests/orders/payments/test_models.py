"""What holds true of payments and the money ledger whoever writes them, the shell and raw SQL included."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.ids import new_id
from orders.payments.models import LedgerEntry, Payment
from orders.payments.statuses import KINDS_OF_PAYMENTS, PAYMENT_MONEY, LedgerKind, PaymentState
from orders.statuses import OrderStatus
from tests.factories.core import CAUSE, cause
from tests.factories.orders import BY_ENTRY, a_placed_order, an_order, enter, pay, reload
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db

PAYMENT_JUMPS = [
    (PaymentState.PENDING, PaymentState.CAPTURED),
    (PaymentState.CAPTURED, PaymentState.PENDING),
    (PaymentState.CAPTURED, PaymentState.VOIDED),
    (PaymentState.CAPTURED, PaymentState.FAILED),
]


def reverse(entry: LedgerEntry, **changes: Any) -> LedgerEntry:
    mirrored = {"order_id": entry.order_id, "kind": entry.kind, "amount": -entry.amount, "reverses_id": entry.pk}
    if "order" in changes:
        del mirrored["order_id"]
    return LedgerEntry.objects.create(**{**mirrored, **changes}, **cause())


class TestMoves:
    @pytest.mark.parametrize(("source", "target"), PAYMENT_JUMPS)
    def test_a_payment_that_jumps_is_refused_by_the_database(self, source: str, target: str) -> None:
        order = a_placed_order()
        if source == PaymentState.CAPTURED:
            payment = pay(order)
        else:
            payment = Payment.objects.create(order=order, method="cash", amount=100)
        with refused_by_the_database("Invalid transition"):
            Payment.objects.filter(pk=payment.pk).update(status=target)

    @pytest.mark.parametrize("status", sorted(set(PaymentState.values) - {"pending"}))
    def test_a_payment_begins_pending(self, status: str) -> None:
        order = a_placed_order()
        with refused_by_the_database("Cannot insert"):
            Payment.objects.create(order=order, method="cash", amount=100, status=status)

    def test_a_payment_that_was_not_captured_can_fail_or_be_voided(self) -> None:
        order = a_placed_order()
        for move, status in (("fail", "failed"), ("void", "voided")):
            payment = Payment.objects.create(order=order, method="cash", amount=100)
            payment.authorise()
            payment.save()
            enter(payment, authorised=100)
            enter(payment, voided=100)
            getattr(payment, move)()
            payment.save()
            stored = Payment.objects.get(pk=payment.pk)
            assert (stored.status, stored.authorised, stored.captured) == (status, 0, 0)


class TestMoneyRows:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE orders_ledgerentry SET amount = amount + 1",
            "UPDATE orders_ledgerentry SET kind = 'credited'",
            "UPDATE orders_ledgerentry SET note = 'nothing to see'",
            "DELETE FROM orders_ledgerentry",
        ],
    )
    def test_the_money_ledger_is_for_ever(self, statement: str) -> None:
        pay(a_placed_order())
        with refused_by_the_database("Cannot update or delete"), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_the_orm_cannot_change_the_money_ledger_either(self) -> None:
        pay(a_placed_order())
        entries = list(LedgerEntry.objects.all())
        with refused_by_the_database("Cannot update or delete"):
            LedgerEntry.objects.update(amount=1)
        with refused_by_the_database("Cannot update or delete"):
            LedgerEntry.objects.bulk_update(entries, ["amount"])
        with refused_by_the_database("Cannot update or delete"):
            LedgerEntry.objects.all().delete()
        with refused_by_the_database("Cannot update or delete"):
            entries[0].save()

    @pytest.mark.parametrize("amount", [0, -5])
    def test_an_entry_has_a_positive_amount(self, amount: int) -> None:
        order = a_placed_order()
        with refused_by_the_database("ledger_amount_positive"):
            LedgerEntry.objects.create(order=order, kind="charged", amount=amount, **CAUSE)

    @pytest.mark.parametrize("kind", [*LedgerKind.values, "unheard_of"])
    def test_an_entry_names_a_payment_exactly_when_it_is_of_one(self, kind: str) -> None:
        payment = pay(a_placed_order())
        of = None if kind in KINDS_OF_PAYMENTS else payment
        with refused_by_the_database("ledger_kind_fits_its_payment"):
            LedgerEntry.objects.create(order_id=payment.order_id, payment=of, kind=kind, amount=5, **CAUSE)

    def test_an_entry_of_another_order_s_payment_is_refused(self) -> None:
        payment, order = pay(a_placed_order()), a_placed_order()
        with refused_by_the_database("a payment that its order does not have"):
            LedgerEntry.objects.create(order=order, payment=payment, kind="authorised", amount=5, **cause())

    def test_an_entry_of_no_order_is_refused(self) -> None:
        with refused_by_the_database("an order that does not exist"):
            LedgerEntry.objects.create(order_id=new_id(), kind="charged", amount=5, **CAUSE)

    def test_one_event_moves_each_kind_once(self) -> None:
        order = a_placed_order()
        with refused_by_the_database("ledger_kind_once_per_event"):
            LedgerEntry.objects.create(order=order, kind="charged", amount=5, **CAUSE)

    def test_one_statement_of_many_entries_moves_all_their_orders_and_payments(self) -> None:
        payments = [pay(a_placed_order()) for _ in range(2)]
        LedgerEntry.objects.bulk_create(
            LedgerEntry(order_id=payment.order_id, payment=payment, kind="refunded", amount=amount, **cause())
            for payment in payments
            for amount in (1, 2)
        )
        for payment in payments:
            payment.refresh_from_db()
            assert (payment.refunded, reload(payment.order).refunded) == (3, 3)

    @pytest.mark.parametrize("column", PAYMENT_MONEY)
    def test_the_money_of_a_payment_moves_by_no_other_way_than_an_entry(self, column: str) -> None:
        payment = pay(a_placed_order())
        with refused_by_the_database(BY_ENTRY):
            Payment.objects.filter(pk=payment.pk).update(**{column: F(column) - 1})
        with refused_by_the_database(BY_ENTRY), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_payment SET {column} = 0 WHERE refunded = 0 OR {column} = 0")
            cursor.execute(f"UPDATE orders_payment SET {column} = {column} + 1")
        with refused_by_the_database(BY_ENTRY):
            Payment.objects.create(order_id=payment.order_id, method="cash", amount=5, **{column: 1})

    @pytest.mark.parametrize(
        "money",
        [
            {"refunded": 2_751},
            {"captured": 1},
            {"authorised": 1},
            {"voided": 1},
        ],
    )
    def test_refunded_captured_authorised_and_amount_stay_in_that_order(self, money: dict[str, int]) -> None:
        payment = pay(a_placed_order())
        with refused_by_the_database(
            "payment_refunded_captured_authorised|order_refunded_within_captured|order_authorised_not_negative"
        ):
            enter(payment, **money)

    @pytest.mark.parametrize("status", ["failed", "voided"])
    def test_a_payment_is_not_given_up_while_money_is_set_aside(self, status: str) -> None:
        payment = Payment.objects.create(order=a_placed_order(), method="cash", amount=100)
        payment.authorise()
        payment.save()
        enter(payment, authorised=100)
        with refused_by_the_database("payment_given_up_sets_none_aside"):
            Payment.objects.filter(pk=payment.pk).update(status=status)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("id", new_id()),
            ("order_id", new_id()),
            ("method", "cash"),
            ("amount", 9_999),
            ("reference", "other"),
            ("created_at", timezone.now()),
        ],
    )
    def test_what_a_payment_is_never_changes(self, column: str, value: Any) -> None:
        payment = pay(a_placed_order())
        with refused_by_the_database("Cannot update"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_payment SET {column} = %s WHERE id = %s", [value, payment.pk])

    def test_a_payment_is_never_deleted_and_never_of_nothing(self) -> None:
        payment = pay(a_placed_order())
        with refused_by_the_database("Cannot delete"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_payment WHERE id = %s", [payment.pk])
        with refused_by_the_database("payment_amount_positive"):
            Payment.objects.create(order_id=payment.order_id, method="cash", amount=0)

    def test_a_reference_is_recorded_once_per_order_and_method(self) -> None:
        payment = pay(a_placed_order())
        with refused_by_the_database("payment_reference_once"):
            Payment.objects.create(
                order_id=payment.order_id, method=payment.method, amount=1, reference=payment.reference
            )
        with transaction.atomic():
            Payment.objects.create(order_id=payment.order_id, method="cash", amount=1, reference=payment.reference)


class TestReversals:
    @pytest.fixture
    def credit(self) -> LedgerEntry:
        order = an_order(OrderStatus.CANCELLED)
        return LedgerEntry.objects.get(order=order, kind="credited")

    def test_a_reversal_takes_back_the_whole_entry(self, credit: LedgerEntry) -> None:
        reverse(credit)
        assert reload(credit.order).credited == 0

    @pytest.mark.parametrize(
        "changes", [{"amount": -2_749}, {"amount": -2_751}, {"kind": "charged"}, {"kind": "written_off"}]
    )
    def test_one_that_does_not_mirror_it_is_refused(self, credit: LedgerEntry, changes: dict[str, Any]) -> None:
        with refused_by_the_database("takes back the whole of one entry"):
            reverse(credit, **changes)

    def test_one_of_another_order_is_refused(self, credit: LedgerEntry) -> None:
        other = a_placed_order()
        with refused_by_the_database("takes back the whole of one entry"):
            reverse(credit, order=other)

    def test_one_of_an_entry_that_is_not_there_is_refused(self, credit: LedgerEntry) -> None:
        with refused_by_the_database("takes back the whole of one entry"):
            reverse(credit, reverses_id=new_id())

    def test_an_entry_is_reversed_once_and_a_reversal_never(self, credit: LedgerEntry) -> None:
        reversal = reverse(credit)
        with refused_by_the_database("reverses"):
            reverse(credit)
        with refused_by_the_database("ledger_amount_positive_unless_reversing"):
            reverse(reversal)

    def test_a_negative_amount_without_what_it_reverses_is_refused(self, credit: LedgerEntry) -> None:
        with refused_by_the_database("ledger_amount_positive_unless_reversing"):
            reverse(credit, reverses_id=None)
