"""Release, holds, what leaves and arrives, completion: the way from placed to completed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused, explain
from core.transactions import UnitOfWorkError, action
from orders.actions import (
    complete_order,
    expire_hold,
    lift_hold,
    lock_order,
    place_hold,
    record_delivery,
    record_dispatch,
    record_return,
    release_order,
    release_part,
    update_order,
)
from orders.actions.hold import EXPIRY
from orders.checks import everything_shipped
from orders.errors import HoldExists
from orders.models import Hold, Order
from orders.operations import DELIVER, RELEASE
from orders.statuses import OrderStatus
from orders.tasks import serve_waiting
from shipping.actions import dispatch_shipment, open_shipments
from tests.factories.core import cause, timeline
from tests.factories.inventory import stock_up
from tests.factories.orders import (
    ACTOR,
    a_placed_order,
    a_waiting_order,
    an_order,
    assert_everything_adds_up,
    pay,
    reload,
)
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db

ADA = Actor.system("another")


@action
def dispatch(order: Order, units: dict[str, int]) -> None:
    locked = lock_order(order.pk)
    record_dispatch(locked, _by_line(locked, units), at=timezone.now(), actor=ACTOR)


@action
def deliver(order: Order, units: dict[str, int]) -> None:
    locked = lock_order(order.pk)
    record_delivery(locked, _by_line(locked, units), at=timezone.now(), actor=ACTOR)


@action
def bring_back(order: Order, units: dict[str, int]) -> None:
    locked = lock_order(order.pk)
    record_return(locked, _by_line(locked, units), at=timezone.now(), actor=ACTOR)


def _by_line(order: Order, units: dict[str, int]) -> dict:
    return {line.pk: units[line.sku] for line in order.lines.all() if line.sku in units}


def statuses(order: Order) -> tuple[str, str, str]:
    stored = reload(order)
    return stored.status, stored.fulfilment_status, stored.return_status


UNPAID = (
    "27.50 EUR of 27.50 EUR is unpaid and the order is not on account. "
    "Record a payment of 27.50 EUR, or set the payment terms to on account."
)


class TestReleasing:
    def test_a_paid_order_is_released(self) -> None:
        order = a_placed_order()
        pay(order)
        released = release_order(order.pk, actor=ACTOR)
        assert (released.status, timeline(order.pk)[-1]) == ("processing", "order.released")
        assert reload(order).released_at is not None
        assert Event.objects.latest("version").data == {"waiting": 0}

    def test_an_unpaid_order_is_not_and_the_refusal_names_what_is_due(self) -> None:
        order = a_placed_order()
        pay(order, 1_000)
        with refused(OperationRefused) as refusal:
            release_order(order.pk, actor=ACTOR)
        assert refusal.value.detail == "17.50 EUR of 27.50 EUR is unpaid and the order is not on account."
        assert refusal.value.unblock == "Record a payment of 17.50 EUR, or set the payment terms to on account."

    def test_an_unpaid_order_on_account_is(self) -> None:
        order = a_placed_order()
        update_order(order.pk, payment_terms="on_account", actor=ACTOR)
        assert release_order(order.pk, actor=ACTOR).status == "processing"

    @pytest.mark.parametrize("status", ["draft", "cancelled"])
    def test_only_a_placed_order_is_released(self, status: str) -> None:
        order = an_order(status)
        with refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)

    def test_the_refusal_of_a_transition_and_its_report_say_the_same(self) -> None:
        order = a_placed_order()
        place_hold(order.pk, reason="fraud_review", actor=ACTOR)
        with refused(OperationRefused) as refusal:
            release_order(order.pk, actor=ACTOR)
        told = explain(reload(order), RELEASE)
        assert told is not None
        assert (refusal.value.detail, refusal.value.unblock) == (told.reason, told.unblock)
        assert told.reason == "The order is on hold: fraud review (by system:test)."


class TestReleasingInPart:
    def test_what_is_there_is_handed_over_and_the_event_tells_what_waits(self) -> None:
        order = a_waiting_order({"A": 3, "B": 2}, {"A": 1})
        pay(order)
        released = release_part(order.pk, actor=ACTOR)
        assert (released.status, timeline(order.pk)[-1]) == ("processing", "order.released")
        assert Event.objects.latest("version").data == {"waiting": 4}
        (shipment,) = open_shipments(order.pk, actor=ACTOR)
        assert [line.quantity for line in shipment.lines.all()] == [1]
        assert_everything_adds_up()

    def test_what_comes_later_is_added_in_a_parcel_of_its_own_and_only_the_last_ships_it(self) -> None:
        order = a_waiting_order({"A": 3}, {"A": 1})
        pay(order)
        release_part(order.pk, actor=ACTOR)
        for status in ("processing", "processing", "shipped"):
            (shipment,) = open_shipments(order.pk, actor=ACTOR)
            dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR)
            assert reload(order).status == status
            assert open_shipments(order.pk, actor=ACTOR) == []
            stock_up({"A": 1})
            serve_waiting()
        assert_everything_adds_up()

    def test_what_waits_while_nothing_is_left_to_send_says_to_receive_it(self) -> None:
        order = a_waiting_order({"A": 3}, {"A": 1})
        pay(order)
        release_part(order.pk, actor=ACTOR)
        (shipment,) = open_shipments(order.pk, actor=ACTOR)
        dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR)
        blocker = everything_shipped(reload(order))
        assert blocker is not None
        assert blocker.reason == "2 units have not left the building yet. They wait for stock."
        assert blocker.unblock_by == ("variant.receive",)

    def test_released_already_in_part_or_whole_it_stays_as_it_is(self) -> None:
        whole, part = a_placed_order(), a_waiting_order({"C": 2}, {"C": 1})
        for order, release in ((whole, release_order), (part, release_part)):
            pay(order)
            release(order.pk, actor=ACTOR)
        with nothing_changes():
            for order in (whole, part):
                release_part(order.pk, actor=ACTOR)
                release_order(order.pk, actor=ACTOR)

    @pytest.mark.parametrize(
        ("there", "reason", "advised"),
        [
            ({"A": 3}, "No unit waits for stock.", ["release"]),
            ({}, "Nothing is reserved: all 3 units wait.", ["variant.receive"]),
        ],
    )
    def test_an_order_that_is_not_there_in_part_is_refused(
        self, there: dict[str, int], reason: str, advised: list[str]
    ) -> None:
        order = a_waiting_order({"A": 3}, there)
        pay(order)
        with refused(OperationRefused) as refusal:
            release_part(order.pk, actor=ACTOR)
        assert (refusal.value.detail, refusal.value.context["unblock_by"]) == (reason, advised)

    def test_it_is_refused_for_all_else_that_release_is(self) -> None:
        unpaid = a_waiting_order({"A": 3}, {"A": 1})
        held = a_waiting_order({"B": 3}, {"B": 1})
        pay(held)
        place_hold(held.pk, reason="fraud_review", actor=ACTOR)
        homeless = a_waiting_order({"C": 3}, {"C": 1}, shipping_address={})
        pay(homeless)
        for order in (unpaid, held, homeless, an_order("draft"), an_order("cancelled")):
            told = explain(reload(order), RELEASE)
            with refused(OperationRefused) as refusal:
                release_part(order.pk, actor=ACTOR)
            assert told is not None
            assert refusal.value.detail.replace("release what is there", "release") == told.reason

    def test_an_outdated_caller_changes_nothing(self) -> None:
        order = a_waiting_order({"A": 3}, {"A": 1})
        pay(order)
        with refused(StaleVersion):
            release_part(order.pk, actor=ACTOR, expected_version=1)


class TestHolds:
    def test_a_hold_refuses_release_until_it_is_lifted(self) -> None:
        order = a_placed_order()
        pay(order)
        hold = place_hold(order.pk, reason="address_check", note="No such street", actor=ACTOR)
        with refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)
        lifted = lift_hold(order.pk, hold.pk, actor=ACTOR)
        assert (lifted.lifted_by, lifted.actor) == (ACTOR, ACTOR)
        assert release_order(order.pk, actor=ACTOR).status == "processing"
        assert timeline(order.pk)[-3:] == ["order.held", "order.hold_lifted", "order.released"]

    def test_a_hold_refuses_dispatch_and_changes_nothing_else(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        hold = place_hold(order.pk, reason="other", actor=ACTOR)
        assert statuses(order)[0] == "processing"
        with refused(OperationRefused) as refusal:
            dispatch(order, {"A": 3})
        assert refusal.value.context["unblock_by"] == ["lift_hold"]
        lift_hold(order.pk, hold.pk, actor=ACTOR)
        dispatch(order, {"A": 3})

    def test_a_hold_past_its_expiry_holds_nothing_even_before_the_clock_lifts_it(self) -> None:
        order = a_placed_order()
        pay(order)
        hold = place_hold(order.pk, reason="other", expires_at=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
        Hold.objects.filter(pk=hold.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        assert release_order(order.pk, actor=ACTOR).status == "processing"

    def test_every_open_hold_is_named(self) -> None:
        order = a_placed_order()
        place_hold(order.pk, reason="other", actor=ACTOR)
        second = place_hold(order.pk, reason="fraud_review", actor=ACTOR)
        pay(order)
        with refused(OperationRefused) as refusal:
            release_order(order.pk, actor=ACTOR)
        assert "fraud review" in refusal.value.detail
        assert "other" in refusal.value.detail
        lift_hold(order.pk, second.pk, actor=ACTOR)
        with refused(OperationRefused):
            release_order(order.pk, actor=ACTOR)

    @pytest.mark.parametrize("status", ["shipped", "delivered", "completed", "cancelled"])
    def test_what_has_left_or_is_over_cannot_be_held(self, status: str) -> None:
        order = an_order(status)
        with refused(OperationRefused):
            place_hold(order.pk, reason="other", actor=ACTOR)

    def test_a_hold_expires_in_the_future(self) -> None:
        order = a_placed_order()
        with refused(InvalidInput):
            place_hold(order.pk, reason="other", expires_at=timezone.now(), actor=ACTOR)

    def test_a_hold_is_lifted_once_and_by_its_own_order(self) -> None:
        order, other = a_placed_order(), a_placed_order()
        hold = place_hold(order.pk, reason="other", actor=ACTOR)
        for order_id, hold_id in ((other.pk, hold.pk), (order.pk, new_id())):
            with refused(NotFound):
                lift_hold(order_id, hold_id, actor=ACTOR)
        lift_hold(order.pk, hold.pk, actor=ACTOR)
        with nothing_changes():
            assert lift_hold(order.pk, hold.pk, actor=ADA).lifted_by == ACTOR
            assert not expire_hold(order.pk, hold.pk)

    def test_an_order_is_held_for_one_reason_once(self) -> None:
        order = a_placed_order()
        hold = place_hold(order.pk, reason="fraud_review", note="Odd", actor=ACTOR)
        with nothing_changes():
            again = place_hold(order.pk, reason="fraud_review", note="Odd", actor=ADA)
        assert (again.pk, again.actor) == (hold.pk, ACTOR)
        tomorrow = timezone.now() + dt.timedelta(days=1)
        for other in ({"note": "Odder"}, {"note": "Odd", "expires_at": tomorrow}):
            with refused(HoldExists) as refusal:
                place_hold(order.pk, reason="fraud_review", actor=ACTOR, **other)
            assert refusal.value.context == {"hold_id": str(hold.pk)}
        with refused_by_the_database("hold_once_for_one_reason"):
            Hold.objects.create(order=order, reason="fraud_review", note="Odd", **cause())
        lift_hold(order.pk, hold.pk, actor=ACTOR)
        assert place_hold(order.pk, reason="fraud_review", note="Odder", actor=ACTOR).pk != hold.pk

    def test_an_order_is_held_for_other_reasons_as_often_as_their_notes_differ(self) -> None:
        order = a_placed_order()
        first = place_hold(order.pk, reason="other", note="Call them", actor=ACTOR)
        second = place_hold(order.pk, reason="other", note="Gift wrap", actor=ACTOR)
        assert place_hold(order.pk, reason="other", note="Call them", actor=ACTOR) == first != second

    def test_a_hold_whose_time_is_up_gives_way_to_a_new_one_for_its_reason(self) -> None:
        order = a_placed_order()
        old = place_hold(order.pk, reason="other", expires_at=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
        Hold.objects.filter(pk=old.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        new = place_hold(order.pk, reason="other", actor=ACTOR)
        old.refresh_from_db()
        assert (old.lifted_by, new.lifted_at) == (EXPIRY, None)
        assert timeline(order.pk)[-2:] == ["order.hold_lifted", "order.held"]


class TestParcels:
    def test_the_last_dispatch_ships_and_the_last_delivery_delivers(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        dispatch(order, {"A": 1})
        assert statuses(order) == ("processing", "part_shipped", "none")
        dispatch(order, {"A": 2, "B": 2})
        assert statuses(order) == ("shipped", "shipped", "none")
        deliver(order, {"A": 3})
        assert statuses(order) == ("shipped", "part_delivered", "none")
        deliver(order, {"B": 2})
        assert statuses(order) == ("delivered", "delivered", "none")
        assert timeline(order.pk)[-2:] == ["order.shipped", "order.delivered"]

    def test_what_comes_back_counts_as_undelivered_and_the_rest_makes_the_order_delivered(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        dispatch(order, {"A": 3, "B": 2})
        deliver(order, {"A": 3})
        bring_back(order, {"B": 2})
        assert statuses(order) == ("delivered", "delivered", "none")
        assert [(line.delivered, line.undelivered) for line in reload(order).lines.all()] == [(3, 0), (0, 2)]

    def test_an_order_of_which_everything_came_back_is_completed_by_hand(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        dispatch(order, {"A": 3, "B": 2})
        bring_back(order, {"A": 3, "B": 2})
        assert statuses(order) == ("shipped", "undelivered", "none")
        told = explain(reload(order), DELIVER)
        assert told is not None
        assert told.unblock == "Nothing: complete the order instead."
        assert complete_order(order.pk, actor=ACTOR).status == "completed"

    @pytest.mark.parametrize(
        ("status", "unblock"),
        [
            ("draft", "First: place, then release."),
            ("placed", f"First: release. That is refused now: {UNPAID}"),
            ("cancelled", "First: reopen, then release."),
            ("shipped", "Nothing: no transition leads back there."),
        ],
    )
    def test_units_leave_a_processing_order_only(self, status: str, unblock: str) -> None:
        order = an_order(status)
        with refused(OperationRefused) as refusal:
            dispatch(order, {"A": 1})
        assert refusal.value.unblock == unblock

    def test_more_than_is_reserved_cannot_leave(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        with pytest.raises(Exception, match=r"line_units_within_quantity|reserved_check"):
            dispatch(order, {"A": 4})
        assert statuses(order) == ("processing", "unfulfilled", "none")

    def test_steps_refuse_to_run_outside_an_action(self) -> None:
        order = an_order(OrderStatus.PROCESSING)
        with pytest.raises(UnitOfWorkError):
            lock_order(order.pk)
        with pytest.raises(UnitOfWorkError):
            record_dispatch(order, {}, at=timezone.now(), actor=ACTOR)


class TestCompleting:
    def test_a_delivered_order_is_completed(self) -> None:
        order = an_order(OrderStatus.DELIVERED)
        assert complete_order(order.pk, actor=ACTOR).status == "completed"
        assert timeline(order.pk)[-1] == "order.completed"

    def test_an_order_with_goods_under_way_is_not(self) -> None:
        order = an_order(OrderStatus.SHIPPED)
        with refused(OperationRefused) as refusal:
            complete_order(order.pk, actor=ACTOR)
        assert refusal.value.detail == "5 units are still on their way."
