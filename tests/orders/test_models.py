"""What holds true of orders and their money whoever writes them, the shell and raw SQL included."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Model
from django.utils import timezone

from core.models import Event
from core.operations import OperationRefused, operations_of
from core.transitions import edges
from orders.models import LedgerEntry, Order, OrderLine, Payment
from orders.statuses import ORDER_MOVES, PAYMENT_MOVES, OrderStatus, PaymentState
from tests.factories.core import a_client
from tests.factories.orders import (
    a_placed_order,
    an_order,
    nothing_changes,
    pay,
    refused_by_the_database,
    reload,
)

pytestmark = pytest.mark.django_db

JUMPS = [
    (source, target)
    for source in OrderStatus.values
    for target in OrderStatus.values
    if source != target and (source, target) not in ORDER_MOVES
]
PAYMENT_JUMPS = [
    (PaymentState.PENDING, PaymentState.CAPTURED),
    (PaymentState.CAPTURED, PaymentState.PENDING),
    (PaymentState.CAPTURED, PaymentState.VOIDED),
    (PaymentState.CAPTURED, PaymentState.FAILED),
]


class TestMoves:
    @pytest.mark.parametrize(("model", "moves"), [(Order, ORDER_MOVES), (Payment, PAYMENT_MOVES)])
    def test_the_database_lets_through_exactly_the_moves_of_the_model(
        self, model: type[Model], moves: list[tuple[str, str]]
    ) -> None:
        assert edges(model) == set(moves)
        assert len(moves) == len(set(moves))

    @pytest.mark.parametrize("source", OrderStatus.values)
    def test_every_jump_is_refused_by_the_database_whoever_makes_it(self, source: str) -> None:
        order = an_order(source)
        for target in [to for begin, to in JUMPS if begin == source]:
            with refused_by_the_database("Invalid transition"):
                Order.objects.filter(pk=order.pk).update(status=target)
            with refused_by_the_database("Invalid transition"), connection.cursor() as cursor:
                cursor.execute("UPDATE orders_order SET status = %s WHERE id = %s", [target, order.pk])

    def test_a_bulk_update_that_jumps_is_refused_by_the_database(self) -> None:
        order = an_order(OrderStatus.PLACED)
        order.__dict__["status"] = OrderStatus.DELIVERED
        with refused_by_the_database("Invalid transition"):
            Order.objects.bulk_update([order], ["status"])

    def test_a_status_that_is_none_is_refused_by_the_database(self) -> None:
        order = an_order(OrderStatus.PLACED)
        with refused_by_the_database("Invalid transition"):
            Order.objects.filter(pk=order.pk).update(status="lost")

    def test_assigning_a_status_is_refused_by_the_model(self) -> None:
        order = an_order(OrderStatus.PLACED)
        with nothing_changes(), pytest.raises(AttributeError):
            order.status = OrderStatus.SHIPPED

    @pytest.mark.parametrize("status", sorted(set(OrderStatus.values) - {"draft", "placed"}))
    def test_an_order_begins_as_a_draft_or_placed(self, status: str) -> None:
        client = a_client()
        with refused_by_the_database("Cannot insert"):
            Order.objects.create(client=client, currency="EUR", status=status)

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
            getattr(payment, move)()
            payment.save()
            stored = Payment.objects.get(pk=payment.pk)
            assert (stored.status, stored.authorised, stored.captured) == (status, 0, 0)

    def test_a_transition_that_is_refused_tells_the_status_it_needs_and_the_way_there(self) -> None:
        order = an_order(OrderStatus.DRAFT)
        with pytest.raises(OperationRefused) as refusal:
            order.release(at=timezone.now())
        assert refusal.value.detail == "The order is draft; release needs it to be placed."
        assert refusal.value.unblock == "First: place."
        told = {"state": "draft", "operation": "release", "unblock_by": ["place"], "done": False}
        assert refusal.value.context == told

    def test_every_operation_is_reported_with_its_reason(self) -> None:
        order = a_placed_order()
        told = {each.operation.name: each.blocker for each in operations_of(reload(order))}
        assert told.keys() >= {"place", "release", "ship", "deliver", "complete", "cancel", "reopen"}
        assert [name for name, blocker in told.items() if blocker is None] == [
            "cancel", "record_payment", "write_off", "place_hold", "add_note", "edit_tags", "edit_contact",
            "edit_billing_address", "delete",
        ]  # fmt: skip
        release, ship, place = told["release"], told["ship"], told["place"]
        assert release is not None
        assert ship is not None
        assert place is not None
        unpaid = "27.50 EUR of 27.50 EUR is unpaid and the order is not on account."
        advice = "Record a payment of 27.50 EUR, or set the payment terms to on account."
        assert (release.reason, release.unblock) == (unpaid, advice)
        assert ship.unblock == f"First: release. That is refused now: {unpaid} {advice}"
        assert ship.unblock_by == release.unblock_by == ("record_payment", "edit_contact")
        assert place.done
        assert place.reason.startswith("The order was placed already (")


class TestOrderRows:
    def test_an_order_is_never_deleted(self) -> None:
        order = a_placed_order()
        with refused_by_the_database("Cannot delete"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_order WHERE id = %s", [order.pk])

    @pytest.mark.parametrize("amount", ["subtotal", "discount", "tax", "shipping", "total"])
    def test_totals_that_do_not_add_up_are_refused(self, amount: str) -> None:
        order = a_placed_order()
        with refused_by_the_database("order_total_adds_up"):
            Order.objects.filter(pk=order.pk).update(**{amount: F(amount) + 1})

    @pytest.mark.parametrize("amount", ["subtotal", "discount", "tax", "shipping", "total"])
    def test_negative_amounts_are_refused(self, amount: str) -> None:
        order = a_placed_order()
        with refused_by_the_database("order_amounts_not_negative|order_total_adds_up"):
            Order.objects.filter(pk=order.pk).update(**{amount: -1})

    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"charged": -1}, "order_refunded_within_captured|order_credited_within_charged"),
            ({"captured": -1}, "order_refunded_within_captured"),
            ({"refunded": -1}, "order_refunded_within_captured"),
            ({"credited": -1}, "order_refunded_within_captured"),
            ({"written_off": -1}, "order_refunded_within_captured"),
            ({"refunded": 1}, "order_refunded_within_captured"),
            ({"captured": 5, "refunded": 6}, "order_refunded_within_captured"),
            ({"credited": 2_751}, "order_credited_within_charged"),
            ({"credited": 2_000, "written_off": 751}, "order_credited_within_charged"),
            ({"currency": "eur"}, "order_currency_code"),
            ({"currency": "EU1"}, "order_currency_code"),
        ],
    )
    def test_money_columns_that_cannot_be_true_are_refused(self, changes: dict[str, Any], constraint: str) -> None:
        order = a_placed_order()
        with refused_by_the_database(constraint):
            Order.objects.filter(pk=order.pk).update(**changes)

    def test_a_reference_names_one_order_of_a_storefront_even_in_raw_sql(self) -> None:
        client = a_client()
        a_placed_order(client, external_ref="W-1")
        other = a_placed_order(client, external_ref="W-2")
        with refused_by_the_database("order_ref_once_per_client"), connection.cursor() as cursor:
            cursor.execute("UPDATE orders_order SET external_ref = 'W-1' WHERE id = %s", [other.pk])

    def test_numbers_are_unique_and_rise(self) -> None:
        first, second = a_placed_order(), a_placed_order()
        assert second.number > first.number
        with refused_by_the_database("number"):
            Order.objects.filter(pk=second.pk).update(number=first.number)


class TestLineRows:
    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"quantity": 0, "reserved": 0, "total": 0}, "line_quantity_in_range"),
            ({"quantity": 1_000_001, "total": 250 * 1_000_001}, "line_quantity_in_range"),
            ({"reserved": 4}, "line_units_within_quantity"),
            ({"cancelled": 1}, "line_units_within_quantity"),
            ({"shipped": 1}, "line_units_within_quantity"),
            ({"reserved": 0, "shipped": 2, "cancelled": 2}, "line_units_within_quantity"),
            ({"delivered": 1}, "line_arrivals_within_shipped"),
            ({"reserved": 0, "shipped": 3, "delivered": 2, "returned": 2}, "line_arrivals_within_shipped"),
            ({"reserved": -1}, "line_.*|orders_orderline_reserved_check"),
            ({"unit_price": -1, "total": -3}, "line_amounts_in_range"),
            ({"tax": -1, "total": 749}, "line_amounts_in_range"),
            ({"discount": -1, "total": 751}, "line_amounts_in_range"),
            ({"discount": 751, "total": -1}, "line_amounts_in_range"),
            ({"total": 751}, "line_total_adds_up"),
            ({"unit_price": 251}, "line_total_adds_up"),
        ],
    )
    def test_counters_and_amounts_that_cannot_be_true_are_refused(
        self, changes: dict[str, int], constraint: str
    ) -> None:
        order = a_placed_order()
        with refused_by_the_database(constraint):
            OrderLine.objects.filter(order=order, sku="A").update(**changes)

    def test_two_lines_at_one_position_are_refused(self) -> None:
        order = a_placed_order()
        with refused_by_the_database("line_position_once"):
            OrderLine.objects.filter(order=order).update(position=1)


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
            LedgerEntry.objects.create(order=order, kind="charged", amount=amount, actor="shell")

    @pytest.mark.parametrize("kind", ["captured", "refunded"])
    def test_money_that_moved_names_its_payment(self, kind: str) -> None:
        order = a_placed_order()
        with refused_by_the_database("ledger_money_names_its_payment"):
            LedgerEntry.objects.create(order=order, kind=kind, amount=5, actor="shell")

    @pytest.mark.parametrize(
        "changes",
        [
            {"refunded": 2_751},
            {"refunded": -1},
            {"captured": 2_751},
            {"captured": -1},
            {"authorised": 2_751},
            {"authorised": 2_000},
            {"amount": 2_749},
        ],
    )
    def test_refunded_captured_authorised_and_amount_stay_in_that_order(self, changes: dict[str, int]) -> None:
        payment = pay(a_placed_order())
        with refused_by_the_database("payment_refunded_captured_authorised"):
            Payment.objects.filter(pk=payment.pk).update(**changes)

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


class TestEventRows:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE core_event SET type = 'order.nothing'",
            "UPDATE core_event SET data = '{}'",
            "UPDATE core_event SET version = version + 10",
            "UPDATE core_event SET actor_name = 'nobody'",
            "UPDATE core_event SET occurred_at = now()",
            "DELETE FROM core_event",
        ],
    )
    def test_an_event_is_a_fact(self, statement: str) -> None:
        a_placed_order()
        with refused_by_the_database("Cannot|cannot|modify"), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(("offset", "why"), [(2, "leaves a gap"), (0, "event_version_once")])
    def test_versions_leave_no_gap_and_come_once(self, offset: int, why: str) -> None:
        order = a_placed_order()
        with refused_by_the_database(why):
            Event.objects.create(
                type="order.updated",
                subject_type="order",
                subject_id=order.pk,
                version=order.version + offset,
                actor_kind="system",
                actor_id="test",
                actor_name="test",
            )
