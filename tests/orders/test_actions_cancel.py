"""Cancelling, reopening and deleting orders."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import StaleVersion
from core.operations import OperationRefused
from inventory.actions import update_variant
from inventory.errors import OutOfStock
from inventory.models import Variant
from orders.actions import (
    add_note,
    cancel_order,
    delete_order,
    place_hold,
    place_order,
    record_payment,
    refund_payment,
    release_order,
    reopen_order,
    update_order,
    write_off_balance,
)
from orders.models import Order
from orders.payments.models import LedgerEntry
from orders.queries import find_order
from orders.statuses import OrderStatus
from shipping.actions import dispatch_shipment, open_shipments, return_to_sender, split_shipment
from tests.factories.core import a_client, timeline
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_draft,
    a_placed_order,
    an_order,
    assert_everything_adds_up,
    ledger,
    new_order,
    pay,
    reload,
    stock,
)
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db

FREE = {"A": (3, 0), "B": (2, 0)}


def cancel(order: Order) -> Order:
    return cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)


def a_released_order_on_account() -> Order:
    return release_order(a_placed_order(payment_terms="on_account").pk, actor=ACTOR)


class TestCancelling:
    @pytest.mark.parametrize("status", ["placed", "processing"])
    def test_cancelling_releases_the_reserved_stock_and_credits_what_was_charged(self, status: str) -> None:
        order = an_order(status)
        cancel(order)
        order = reload(order)
        assert (order.status, order.cancel_reason, order.fulfilment_status) == (
            "cancelled",
            "Changed their mind",
            "nothing_to_ship",
        )
        assert stock() == FREE
        assert ledger(order)[-1] == ("credited", TOTAL)
        assert [(line.cancelled, line.reserved) for line in order.lines.all()] == [(3, 0), (2, 0)]
        assert timeline(order.pk)[-2:] == ["inventory.released", "order.canceled"]
        assert_everything_adds_up()

    def test_an_unpaid_cancelled_order_has_nothing_due(self) -> None:
        order = cancel(a_placed_order())
        assert (order.due, order.payment_status) == (0, "nothing_due")

    def test_what_was_paid_is_due_back(self) -> None:
        order = a_placed_order()
        payment = pay(order)
        cancelled = cancel(order)
        assert (cancelled.due, cancelled.payment_status) == (-TOTAL, "overpaid")
        refund_payment(order.pk, payment.pk, amount=TOTAL, actor=ACTOR)
        assert (reload(order).due, reload(order).payment_status) == (0, "refunded")
        assert_everything_adds_up()

    def test_what_was_written_off_is_not_credited_again(self) -> None:
        order = a_placed_order()
        record_payment(order.pk, method="cash", amount=1_000, actor=ACTOR)
        write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
        assert cancel(order).due == -1_000
        assert ledger(order) == [
            ("charged", TOTAL),
            ("authorised", 1_000),
            ("captured", 1_000),
            ("written_off", 1_750),
            ("credited", 1_000),
        ]

    def test_cancelling_a_draft_charges_and_credits_nothing(self) -> None:
        draft = a_draft()
        cancelled = cancel(draft)
        assert (ledger(draft), stock(), cancelled.reserved_until) == ([], FREE, None)
        assert cancelled.payment_status == "nothing_due"
        assert_everything_adds_up()

    def test_an_order_is_cancelled_once(self) -> None:
        order = a_placed_order()
        cancel(order)
        with nothing_changes():
            assert cancel(order).version == reload(order).version
        with refused(OperationRefused) as refusal:
            cancel_order(order.pk, reason="Another", actor=ACTOR)
        assert (refusal.value.context["state"], refusal.value.context["done"]) == ("cancelled", True)

    @pytest.mark.parametrize("status", ["shipped", "delivered", "completed"])
    def test_what_has_left_cannot_be_cancelled(self, status: str) -> None:
        order = an_order(status)
        with refused(OperationRefused):
            cancel(order)

    def test_an_order_of_which_some_units_left_cannot_be_cancelled_even_when_they_came_back(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        (shipment,) = open_shipments(order.pk, actor=ACTOR)
        line = order.lines.all()[0]
        split_shipment(shipment.pk, {line.pk: 1}, actor=ACTOR)
        dispatch_shipment(shipment.pk, carrier="Royal Mail", actor=ACTOR)
        with refused(OperationRefused) as refusal:
            cancel(order)
        assert refusal.value.detail == "4 units have left the building."
        assert refusal.value.unblock == "Nothing: dispatch the rest, and have returned what is not wanted."
        return_to_sender(shipment.pk, restock=True, actor=ACTOR)
        with refused(OperationRefused):
            cancel(order)


class TestReopening:
    def test_reopening_reserves_again_and_takes_back_the_credit_of_the_cancellation(self) -> None:
        order = a_placed_order()
        cancel(order)
        reopened = reload(reopen_order(order.pk, actor=ACTOR))
        assert (reopened.status, reopened.cancel_reason, reopened.cancelled_at) == ("placed", "", None)
        assert (reopened.due, reopened.payment_status, reopened.fulfilment_status) == (TOTAL, "unpaid", "unfulfilled")
        assert stock() == {"A": (3, 3), "B": (2, 2)}
        assert ledger(order) == [("charged", TOTAL), ("credited", TOTAL), ("credited", -TOTAL)]
        credit, reversal = LedgerEntry.objects.filter(order=order, kind="credited").order_by("version")
        assert (reversal.reverses, reversal.version) == (credit, reopened.version)
        assert timeline(order.pk)[-2:] == ["inventory.reserved", "order.reopened"]
        assert_everything_adds_up()

    def test_reopening_without_the_stock_is_refused_with_the_shortage(self) -> None:
        order = a_placed_order()
        cancel(order)
        place_order(new_order({"A": 1}), client_id=a_client().pk, actor=ACTOR)
        with refused(OutOfStock) as refusal:
            reopen_order(order.pk, actor=ACTOR)
        assert refusal.value.context["shortages"] == [{"sku": "A", "requested": 3, "available": 2}]

    def test_an_order_of_what_was_withdrawn_from_sale_is_not_reopened(self) -> None:
        order = a_placed_order()
        cancel(order)
        update_variant(Variant.objects.get(sku="A").pk, {"active": False}, actor=ACTOR)
        with refused(OperationRefused) as refusal:
            reopen_order(order.pk, actor=ACTOR)
        assert refusal.value.detail == "No longer on sale: A."

    def test_what_was_written_off_stays_so(self) -> None:
        order = a_placed_order()
        record_payment(order.pk, method="cash", amount=1_000, actor=ACTOR)
        write_off_balance(order.pk, note="Goodwill", actor=ACTOR)
        cancel(order)
        reopened = reopen_order(order.pk, actor=ACTOR)
        assert (reopened.charged, reopened.credited, reopened.written_off, reopened.due) == (TOTAL, 0, 1_750, 0)
        assert_everything_adds_up()

    def test_a_cancellation_that_had_nothing_to_credit_leaves_nothing_to_take_back(self) -> None:
        order = a_placed_order()
        write_off_balance(order.pk, note="Gone", actor=ACTOR)
        cancel(order)
        reopen_order(order.pk, actor=ACTOR)
        assert ledger(order) == [("charged", TOTAL), ("written_off", TOTAL)]
        assert_everything_adds_up()

    def test_a_draft_that_was_cancelled_is_charged_when_it_is_reopened(self) -> None:
        draft = a_draft()
        cancel(draft)
        assert reopen_order(draft.pk, actor=ACTOR).charged == TOTAL
        assert ledger(draft) == [("charged", TOTAL)]
        assert_everything_adds_up()

    def test_money_that_was_kept_pays_the_reopened_order(self) -> None:
        order = a_placed_order()
        pay(order)
        cancel(order)
        assert reopen_order(order.pk, actor=ACTOR).payment_status == "paid"

    def test_an_order_can_be_cancelled_and_reopened_again_and_again(self) -> None:
        order = a_placed_order()
        for _ in range(3):
            cancel(order)
            reopen_order(order.pk, actor=ACTOR)
        assert (reload(order).charged, reload(order).credited) == (TOTAL, 0)
        assert reload(order).due == TOTAL
        assert_everything_adds_up()

    @pytest.mark.parametrize("status", sorted(set(OrderStatus.values) - {"cancelled", "placed"}))
    def test_only_a_cancelled_order_is_reopened(self, status: str) -> None:
        order = an_order(status)
        with refused(OperationRefused):
            reopen_order(order.pk, actor=ACTOR)


class TestDeleting:
    @pytest.mark.parametrize("make", [a_draft, a_placed_order, a_released_order_on_account])
    def test_deleting_cancels_first(self, make: Callable[[], Order]) -> None:
        order = make()
        deleted = delete_order(order.pk, actor=ACTOR)
        assert deleted.status == "cancelled"
        assert deleted.is_deleted
        assert timeline(order.pk)[-2:] == ["order.canceled", "order.deleted"]
        assert stock() == FREE
        assert_everything_adds_up()

    @pytest.mark.parametrize("status", ["placed", "processing", "cancelled"])
    def test_an_order_is_not_deleted_while_its_customer_is_owed_money(self, status: str) -> None:
        order = an_order("placed" if status == "cancelled" else status)
        payment = pay(order) if status != "processing" else order.payments.get()
        if status == "cancelled":
            cancel(order)
        with refused(OperationRefused) as refusal:
            delete_order(order.pk, actor=ACTOR)
        assert refusal.value.detail == "27.50 EUR is to be given back to the customer."
        assert refusal.value.context["unblock_by"] == ["refund"]
        refund_payment(order.pk, payment.pk, amount=TOTAL, actor=ACTOR)
        assert delete_order(order.pk, actor=ACTOR).is_deleted

    @pytest.mark.parametrize("status", ["cancelled", "completed"])
    def test_what_is_over_is_only_deleted(self, status: str) -> None:
        order = an_order(status)
        deleted = delete_order(order.pk, actor=ACTOR)
        assert deleted.status == status
        assert timeline(order.pk)[-1] == "order.deleted"
        with nothing_changes():
            assert delete_order(order.pk, actor=ACTOR).version == deleted.version

    @pytest.mark.parametrize(
        ("status", "unblock_by"),
        [("shipped", ["shipment.deliver", "shipment.return_to_sender"]), ("delivered", ["complete"])],
    )
    def test_what_is_under_way_cannot_be_deleted_and_the_refusal_tells_the_way(
        self, status: str, unblock_by: list[str]
    ) -> None:
        order = an_order(status)
        with refused(OperationRefused) as refusal:
            delete_order(order.pk, actor=ACTOR)
        assert refusal.value.unblock.startswith("Complete the order first.")
        assert refusal.value.context["unblock_by"] == unblock_by

    def test_a_deleted_order_is_out_of_sight_and_refuses_every_change(self) -> None:
        order = an_order(OrderStatus.CANCELLED)
        delete_order(order.pk, actor=ACTOR)
        with pytest.raises(Exception, match="There is no such order"):
            find_order(order.pk, None)
        with nothing_changes():
            delete_order(order.pk, actor=ACTOR)
        for change in (
            lambda: update_order(order.pk, tags=["x"], actor=ACTOR),
            lambda: add_note(order.pk, body="x", actor=ACTOR),
            lambda: place_hold(order.pk, reason="other", actor=ACTOR),
            lambda: record_payment(order.pk, method="cash", amount=1, actor=ACTOR),
            lambda: write_off_balance(order.pk, note="x", actor=ACTOR),
        ):
            with refused(OperationRefused):
                change()
        with refused(OperationRefused) as refusal:
            reopen_order(order.pk, actor=ACTOR)
        assert "was deleted" in refusal.value.detail

    def test_a_stale_version_deletes_nothing(self) -> None:
        order = a_placed_order()
        with refused(StaleVersion):
            delete_order(order.pk, actor=ACTOR, expected_version=1)
