"""What holds true of orders whoever writes them, the shell and raw SQL included."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import BigIntegerField, F, Model
from django.utils import timezone

from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused, operations_of
from core.transitions import edges
from orders.actions import add_note, place_hold
from orders.models import Hold, Order, OrderLine, OrderNote
from orders.payments.models import LedgerEntry, Payment
from orders.payments.statuses import PAYMENT_MONEY, PAYMENT_MOVES, LedgerKind
from orders.statuses import ORDER_MONEY, ORDER_MOVES, OrderStatus
from orders.triggers import PRICES
from tests.factories.core import CAUSE, a_client
from tests.factories.orders import ACTOR, BY_ENTRY, a_placed_order, an_order, enter, reload
from tests.factories.watching import nothing_changes, refused_by_the_database

pytestmark = pytest.mark.django_db

JUMPS = [
    (source, target)
    for source in OrderStatus.values
    for target in OrderStatus.values
    if source != target and (source, target) not in ORDER_MOVES
]


def amounts_of(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.get_fields() if isinstance(field, BigIntegerField)}


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
            "cancel", "record_payment", "pay_by_card", "redeem_gift_card", "refund_items", "write_off", "place_hold",
            "add_note", "edit_tags", "edit_contact", "edit_billing_address", "delete", "issue_invoice", "issue_slip",
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

    @pytest.mark.parametrize("column", ORDER_MONEY)
    def test_money_moves_by_no_other_way_than_an_entry(self, column: str) -> None:
        order = a_placed_order()
        with refused_by_the_database(BY_ENTRY):
            Order.objects.filter(pk=order.pk).update(**{column: F(column) + 1})
        with refused_by_the_database(BY_ENTRY), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_order SET {column} = {column} + 1 WHERE id = %s", [order.pk])
        with refused_by_the_database(BY_ENTRY):
            setattr(order, column, getattr(order, column) + 1)
            order.save()
        with refused_by_the_database(BY_ENTRY):
            Order.objects.create(client_id=order.client_id, currency="EUR", **{column: 1})

    def test_every_money_column_is_guarded(self) -> None:
        """A new one has to say which entries move it, or which others it is the sum of."""
        assert amounts_of(Order) - {"number"} - {*PRICES} == {*ORDER_MONEY}
        assert amounts_of(Payment) - {"amount"} == {*PAYMENT_MONEY}
        moving = [kind for money in (ORDER_MONEY, PAYMENT_MONEY) for kinds in money.values() for kind in kinds]
        assert {*moving} == {*LedgerKind.values}

    @pytest.mark.parametrize(
        ("money", "constraint"),
        [
            ({"credited": 2_751}, "order_credited_within_charged"),
            ({"written_off": 2_751}, "order_credited_within_charged"),
            ({"credited": 2_000, "written_off": 751}, "order_credited_within_charged"),
        ],
    )
    def test_entries_that_cannot_be_true_are_refused(self, money: dict[str, int], constraint: str) -> None:
        order = a_placed_order()
        with refused_by_the_database(constraint):
            enter(order, **money)

    @pytest.mark.parametrize("currency", ["eur", "EU1"])
    def test_a_currency_is_a_code(self, currency: str) -> None:
        client = a_client()
        with refused_by_the_database("order_currency_code"):
            Order.objects.create(client=client, currency=currency)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("id", new_id()),
            ("number", 1),
            ("client_id", new_id()),
            ("external_ref", "W-2"),
            ("currency", "USD"),
            ("created_at", timezone.now()),
        ],
    )
    def test_what_an_order_is_never_changes(self, column: str, value: Any) -> None:
        order = a_placed_order(external_ref="W-1")
        with refused_by_the_database("Cannot update"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_order SET {column} = %s WHERE id = %s", [value, order.pk])

    def test_a_reference_names_one_order_of_a_storefront_whoever_inserts_it(self) -> None:
        client = a_client()
        a_placed_order(client, external_ref="W-1")
        with refused_by_the_database("order_ref_once_per_client"):
            Order.objects.create(client=client, currency="EUR", external_ref="W-1")

    def test_numbers_are_unique_and_rise(self) -> None:
        first, second = a_placed_order(), a_placed_order()
        assert second.number > first.number
        with refused_by_the_database("number"):
            Order.objects.create(client_id=first.client_id, currency="EUR", number=first.number)


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
            ({"backordered": 1}, "line_units_within_quantity"),
            ({"undelivered": 1}, "line_arrivals_within_shipped"),
            ({"reserved": 0, "shipped": 3, "delivered": 2, "undelivered": 2}, "line_arrivals_within_shipped"),
            ({"returned": 1}, "line_returned_within_delivered"),
            ({"reserved": 0, "shipped": 3, "delivered": 1, "returned": 2}, "line_returned_within_delivered"),
            ({"reserved": 0, "shipped": 3, "undelivered": 3, "returned": 1}, "line_returned_within_delivered"),
            ({"backordered": -1}, "orders_orderline_backordered_check"),
            ({"undelivered": -1}, "orders_orderline_undelivered_check"),
            ({"returned": -1}, "orders_orderline_returned_check"),
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
        line = order.lines.get(position=1)
        line.pk = new_id()
        with refused_by_the_database("line_position_once"):
            line.save(force_insert=True)

    @pytest.mark.parametrize(
        ("column", "value"),
        [("id", new_id()), ("order_id", new_id()), ("position", 7), ("variant_id", new_id()), ("sku", "B")],
    )
    def test_what_a_line_is_of_never_changes(self, column: str, value: Any) -> None:
        order = a_placed_order()
        with refused_by_the_database("Cannot update"), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE orders_orderline SET {column} = %s WHERE order_id = %s AND position = 1", [value, order.pk]
            )


class TestCauses:
    @pytest.mark.parametrize("column", ["actor_kind", "actor_id", "actor_name", "version"])
    def test_who_placed_a_hold_or_wrote_a_note_never_changes(self, column: str) -> None:
        order = a_placed_order()
        place_hold(order.pk, reason="other", actor=ACTOR)
        add_note(order.pk, body="Odd", actor=ACTOR)
        for table in ("orders_hold", "orders_ordernote"):
            with refused_by_the_database("Cannot update"), connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {column} = '7'")

    @pytest.mark.parametrize("model", [LedgerEntry, Hold, OrderNote])
    def test_every_row_names_an_event(self, model: type[LedgerEntry | Hold | OrderNote]) -> None:
        row = model(order=a_placed_order(), **{**CAUSE, "version": 0})
        if isinstance(row, LedgerEntry):
            row.kind, row.amount = "charged", 5
        with refused_by_the_database("version_from_one"):
            row.save(force_insert=True)

    def test_a_lifted_hold_names_who_lifted_it_and_its_event(self) -> None:
        order = a_placed_order()
        place_hold(order.pk, reason="other", actor=ACTOR)
        with refused_by_the_database("hold_lifted_names_its_cause"):
            Hold.objects.update(lifted_at=timezone.now())


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
