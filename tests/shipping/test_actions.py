"""Each action on a shipment: what it does to stock, order, timeline and itself; and that a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import DomainError, InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused, operations_of
from core.versions import document_as_of
from inventory.models import Reservation, StockLevel
from orders.actions import cancel_order, lift_hold, place_hold, release_order, reopen_order
from shipping.actions import (
    cancel_shipment,
    cancel_shipments_of,
    deliver_shipment,
    dispatch_shipment,
    mark_failed,
    mark_in_transit,
    open_shipments,
    pack_shipment,
    return_to_sender,
    split_shipment,
    unpack_shipment,
    update_shipment,
)
from shipping.models import Shipment
from shipping.queries import shipments_of
from shipping.statuses import ShipmentStatus
from tests.factories.inventory import stock_up
from tests.factories.shipping import (
    ACTOR,
    a_released_order,
    a_shipment,
    an_order_on_account,
    bring,
    contents,
    fresh,
    snapshot,
    the_order,
    timeline,
)
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


def refused(error: type[DomainError], shipment: Shipment, act: Callable[[], Any]) -> DomainError:
    """Run `act`, which must be refused and change nothing; returns the refusal."""
    before = snapshot(shipment.order_id)
    with pytest.raises(error) as refusal:
        act()
    assert snapshot(shipment.order_id) == before
    return refusal.value


def last_event(shipment: Shipment, type_: str) -> Event:
    return Event.objects.filter(subject_id=shipment.order_id, type=type_).order_by("version").last()  # type: ignore[return-value]


def written(shipment: Shipment) -> dict[str, Any]:
    """What the shipment's document says as of its order's version."""
    found = document_as_of("shipment", shipment.pk, the_order(shipment).version)
    assert found is not None
    return dict(found.document)


def level(sku: str, code: str = "MAIN") -> tuple[int, int]:
    """(on hand, reserved)"""
    return StockLevel.objects.values_list("on_hand", "reserved").get(variant__sku=sku, location__code=code)


def line_id(shipment: Shipment, sku: str) -> Any:
    return shipment.lines.values_list("order_line_id", flat=True).get(order_line__sku=sku)


# Opening


def test_a_released_order_gets_one_shipment_per_location_that_reserves_for_it() -> None:
    stock_up({"A": 2, "B": 1})
    stock_up({"A": 4}, location="ANNEX")
    order = a_released_order(units={"A": 5, "B": 1})
    opened = open_shipments(order.pk, actor=ACTOR)
    assert {each.location.code: contents(each) for each in opened} == {"MAIN": {"A": 2, "B": 1}, "ANNEX": {"A": 3}}
    assert sorted(each.sequence for each in opened) == [1, 2]
    assert {each.status for each in opened} == {ShipmentStatus.PENDING}
    assert timeline(order.pk)[-2:] == ["shipment.opened", "shipment.opened"]


def test_opening_again_opens_nothing() -> None:
    order = a_released_order()
    open_shipments(order.pk, actor=ACTOR)
    before = snapshot(order.pk)
    assert open_shipments(order.pk, actor=ACTOR) == []
    assert snapshot(order.pk) == before


def test_opening_does_nothing_for_an_order_that_is_not_processing() -> None:
    order = an_order_on_account()
    before = snapshot(order.pk)
    assert open_shipments(order.pk, actor=ACTOR) == []
    assert snapshot(order.pk) == before


def test_opening_for_an_unknown_order_is_refused() -> None:
    with pytest.raises(NotFound):
        open_shipments(new_id(), actor=ACTOR)
    assert Shipment.objects.count() == 0


def test_the_units_of_a_cancelled_shipment_go_into_the_next_one_opened() -> None:
    shipment = a_shipment()
    cancel_shipment(shipment.pk, reason="Wrong box", actor=ACTOR)
    (again,) = open_shipments(shipment.order_id, actor=ACTOR)
    assert again.sequence == 2
    assert contents(again) == {"A": 3, "B": 2}


def test_a_shipment_left_from_before_a_cancellation_goes_on_when_its_units_are_reserved_there_again() -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Mistake", actor=ACTOR)
    reopen_order(shipment.order_id, actor=ACTOR)
    release_order(shipment.order_id, actor=ACTOR)
    assert open_shipments(shipment.order_id, actor=ACTOR) == []
    assert fresh(shipment).status == ShipmentStatus.PENDING


def test_a_shipment_left_from_before_a_cancellation_is_replaced_when_its_units_are_now_elsewhere() -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Mistake", actor=ACTOR)
    an_order_on_account(units={"A": 1})
    stock_up({"A": 3}, location="ANNEX")
    reopen_order(shipment.order_id, actor=ACTOR)
    release_order(shipment.order_id, actor=ACTOR)
    opened = open_shipments(shipment.order_id, actor=ACTOR)
    assert fresh(shipment).status == ShipmentStatus.CANCELLED
    assert {each.location.code: contents(each) for each in opened} == {"MAIN": {"A": 2, "B": 2}, "ANNEX": {"A": 1}}


# Splitting


def test_splitting_moves_units_into_a_new_pending_shipment() -> None:
    shipment = a_shipment()
    part = split_shipment(shipment.pk, {line_id(shipment, "A"): 1, line_id(shipment, "B"): 2}, actor=ACTOR)
    assert contents(part) == {"A": 1, "B": 2}
    assert contents(shipment) == {"A": 2}
    assert (part.sequence, part.status, part.location_id) == (2, ShipmentStatus.PENDING, shipment.location_id)
    assert fresh(shipment).version == shipment.version + 1
    assert timeline(shipment.order_id)[-2:] == ["shipment.split", "shipment.opened"]
    assert last_event(shipment, "shipment.opened").data["split_from_id"] == str(shipment.pk)
    assert last_event(shipment, "shipment.split").data["into_id"] == str(part.pk)


def test_splitting_off_everything_is_refused() -> None:
    shipment = a_shipment()
    units = {line_id(shipment, "A"): 3, line_id(shipment, "B"): 2}
    refused(InvalidInput, shipment, lambda: split_shipment(shipment.pk, units, actor=ACTOR))


def test_splitting_off_more_than_there_is_or_a_foreign_line_names_each_problem() -> None:
    shipment = a_shipment()
    units = {line_id(shipment, "A"): 4, new_id(): 1}
    refusal = refused(InvalidInput, shipment, lambda: split_shipment(shipment.pk, units, actor=ACTOR))
    assert [(each.pointer, each.code) for each in refusal.errors] == [
        ("/lines/0/quantity", "out_of_range"),
        ("/lines/1/line_id", "not_in_shipment"),
    ]


def test_splitting_off_nothing_is_refused() -> None:
    shipment = a_shipment()
    refused(InvalidInput, shipment, lambda: split_shipment(shipment.pk, {}, actor=ACTOR))


def test_a_packed_shipment_is_not_split_and_says_to_unpack_it() -> None:
    shipment = a_shipment()
    pack_shipment(shipment.pk, actor=ACTOR)
    units = {line_id(shipment, "A"): 1}
    refusal = refused(OperationRefused, shipment, lambda: split_shipment(shipment.pk, units, actor=ACTOR))
    assert refusal.unblock == "Unpack it first."


# Packing and writing


def test_packing_and_unpacking_are_noted_with_their_time() -> None:
    shipment = a_shipment()
    assert pack_shipment(shipment.pk, actor=ACTOR).packed_at is not None
    assert fresh(shipment).status == ShipmentStatus.PACKED
    unpack_shipment(shipment.pk, actor=ACTOR)
    assert fresh(shipment).status == ShipmentStatus.PENDING
    assert fresh(shipment).packed_at is None
    assert timeline(shipment.order_id)[-2:] == ["shipment.packed", "shipment.unpacked"]


def test_packing_for_a_cancelled_order_is_refused() -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Changed their mind", actor=ACTOR)
    refusal = refused(OperationRefused, shipment, lambda: pack_shipment(shipment.pk, actor=ACTOR))
    assert "The order is cancelled" in refusal.detail


def test_what_is_written_on_a_shipment_changes_field_by_field() -> None:
    shipment = a_shipment()
    day = dt.date(2026, 12, 24)
    update_shipment(shipment.pk, carrier="DHL", estimated_delivery=day, actor=ACTOR)
    update_shipment(shipment.pk, notes="Fragile", actor=ACTOR)
    stored = fresh(shipment)
    assert (stored.carrier, stored.estimated_delivery, stored.notes) == ("DHL", day, "Fragile")
    assert last_event(shipment, "shipment.updated").data["changed"] == ["notes"]
    assert written(shipment)["notes"] == "Fragile"


def test_writing_the_same_again_records_nothing() -> None:
    shipment = a_shipment()
    update_shipment(shipment.pk, carrier="DHL", actor=ACTOR)
    before = snapshot(shipment.order_id)
    update_shipment(shipment.pk, carrier="DHL", actor=ACTOR)
    assert snapshot(shipment.order_id) == before


def test_a_shipment_on_its_way_keeps_a_company() -> None:
    shipment = a_shipment(status=ShipmentStatus.DISPATCHED)
    refused(InvalidInput, shipment, lambda: update_shipment(shipment.pk, carrier="", actor=ACTOR))
    update_shipment(shipment.pk, carrier="DHL", actor=ACTOR)
    assert fresh(shipment).carrier == "DHL"


def test_a_closed_shipment_is_not_written_on() -> None:
    shipment = a_shipment(status=ShipmentStatus.DELIVERED)
    refused(OperationRefused, shipment, lambda: update_shipment(shipment.pk, notes="Late", actor=ACTOR))


# Dispatching


def test_dispatching_takes_the_units_out_of_stock_and_ships_the_order() -> None:
    shipment = a_shipment()
    day = dt.date(2026, 12, 24)
    dispatch_shipment(
        shipment.pk, carrier="DHL", tracking_number="T1", estimated_delivery=day, notes="Ring twice", actor=ACTOR
    )
    stored, order = fresh(shipment), the_order(shipment)
    assert (stored.status, stored.carrier, stored.tracking_number) == (ShipmentStatus.DISPATCHED, "DHL", "T1")
    assert (stored.estimated_delivery, stored.notes) == (day, "Ring twice")
    assert (level("A"), level("B")) == ((0, 0), (0, 0))
    assert Reservation.objects.count() == 0
    assert (order.status, order.fulfilment_status, order.shipped_at) == ("shipped", "shipped", stored.dispatched_at)
    assert [(line.shipped, line.reserved) for line in order.lines.all()] == [(3, 0), (2, 0)]
    assert timeline(order.pk)[-2:] == ["shipment.dispatched", "order.shipped"]
    assert last_event(shipment, "shipment.dispatched").data["estimated_delivery"] == "2026-12-24"


def test_dispatching_keeps_what_was_written_before() -> None:
    shipment = a_shipment()
    update_shipment(shipment.pk, carrier="DHL", tracking_number="T1", notes="Fragile", actor=ACTOR)
    dispatch_shipment(shipment.pk, tracking_number="T2", actor=ACTOR)
    stored = fresh(shipment)
    assert (stored.carrier, stored.tracking_number, stored.notes) == ("DHL", "T2", "Fragile")


def test_dispatching_without_a_company_is_refused() -> None:
    shipment = a_shipment()
    refusal = refused(InvalidInput, shipment, lambda: dispatch_shipment(shipment.pk, actor=ACTOR))
    assert refusal.errors[0].pointer == "/carrier"


def test_dispatching_twice_ships_once() -> None:
    shipment = a_shipment(status=ShipmentStatus.DISPATCHED)
    with nothing_changes():
        again = dispatch_shipment(shipment.pk, carrier=shipment.carrier, actor=ACTOR)
    assert again.version == fresh(shipment).version
    assert shipment.carrier != "Another"
    refused(OperationRefused, shipment, lambda: dispatch_shipment(shipment.pk, carrier="Another", actor=ACTOR))


def test_a_shipment_of_an_order_on_hold_stays_until_the_hold_is_lifted() -> None:
    shipment = a_shipment()
    hold = place_hold(shipment.order_id, reason="fraud_review", actor=ACTOR)
    refusal = refused(OperationRefused, shipment, lambda: dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR))
    assert "on hold: fraud review" in refusal.detail
    assert "Lift the hold" in refusal.unblock
    lift_hold(shipment.order_id, hold.pk, actor=ACTOR)
    assert dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR).status == ShipmentStatus.DISPATCHED


def test_a_shipment_of_a_cancelled_order_is_never_dispatched() -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Changed their mind", actor=ACTOR)
    refusal = refused(OperationRefused, shipment, lambda: dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR))
    assert "The order is cancelled" in refusal.detail


def test_the_last_dispatch_ships_the_order_and_the_last_delivery_delivers_it() -> None:
    first = a_shipment()
    second = split_shipment(first.pk, {line_id(first, "A"): 2}, actor=ACTOR)
    states = []
    steps: list[Callable[[], Any]] = [
        lambda: dispatch_shipment(first.pk, carrier="DHL", actor=ACTOR),
        lambda: deliver_shipment(first.pk, actor=ACTOR),
        lambda: dispatch_shipment(second.pk, carrier="UPS", actor=ACTOR),
        lambda: deliver_shipment(second.pk, actor=ACTOR),
    ]
    for step in steps:
        step()
        order = the_order(first)
        states.append((order.status, order.fulfilment_status))
    assert states == [
        ("processing", "part_shipped"),
        ("processing", "part_shipped"),
        ("shipped", "part_delivered"),
        ("delivered", "delivered"),
    ]
    assert timeline(first.order_id).count("order.shipped") == 1
    assert timeline(first.order_id).count("order.delivered") == 1


# On the way


def test_a_parcel_that_fails_is_retried_and_delivered() -> None:
    shipment = a_shipment(status=ShipmentStatus.DISPATCHED)
    mark_in_transit(shipment.pk, actor=ACTOR)
    mark_failed(shipment.pk, reason="Nobody at home", actor=ACTOR)
    assert fresh(shipment).failure_reason == "Nobody at home"
    mark_in_transit(shipment.pk, actor=ACTOR)
    assert fresh(shipment).failure_reason == ""
    deliver_shipment(shipment.pk, actor=ACTOR)
    assert the_order(shipment).status == "delivered"
    assert timeline(shipment.order_id)[-5:] == [
        "shipment.in_transit",
        "shipment.failed",
        "shipment.in_transit",
        "shipment.delivered",
        "order.delivered",
    ]


@pytest.mark.parametrize(("restock", "on_hand"), [(True, 3), (False, 0)])
def test_a_parcel_that_fails_and_comes_back_is_restocked_or_scrapped(restock: bool, on_hand: int) -> None:
    shipment = a_shipment(status=ShipmentStatus.FAILED)
    return_to_sender(shipment.pk, restock=restock, actor=ACTOR)
    stored, order = fresh(shipment), the_order(shipment)
    assert stored.status == ShipmentStatus.RETURNED
    assert stored.closed_at is not None
    assert level("A") == (on_hand, 0)
    assert (order.status, order.fulfilment_status, order.return_status) == ("shipped", "undelivered", "none")
    assert [(line.undelivered, line.returned) for line in order.lines.all()] == [(3, 0), (2, 0)]
    assert last_event(shipment, "shipment.returned").data["restocked"] is restock


def test_when_one_parcel_comes_back_the_order_is_delivered_with_the_other() -> None:
    first = a_shipment()
    second = split_shipment(first.pk, {line_id(first, "A"): 2}, actor=ACTOR)
    for each in (first, second):
        dispatch_shipment(each.pk, carrier="DHL", actor=ACTOR)
    deliver_shipment(first.pk, actor=ACTOR)
    return_to_sender(second.pk, restock=True, actor=ACTOR)
    order = the_order(first)
    assert (order.status, order.fulfilment_status, order.return_status) == ("delivered", "delivered", "none")
    assert level("A") == (2, 0)


ILLEGAL = [
    (ShipmentStatus.PENDING, lambda pk: mark_in_transit(pk, actor=ACTOR)),
    (ShipmentStatus.PENDING, lambda pk: mark_failed(pk, reason="Lost", actor=ACTOR)),
    (ShipmentStatus.PENDING, lambda pk: deliver_shipment(pk, actor=ACTOR)),
    (ShipmentStatus.PENDING, lambda pk: return_to_sender(pk, restock=True, actor=ACTOR)),
    (ShipmentStatus.DISPATCHED, lambda pk: pack_shipment(pk, actor=ACTOR)),
    (ShipmentStatus.DISPATCHED, lambda pk: cancel_shipment(pk, actor=ACTOR)),
    (ShipmentStatus.FAILED, lambda pk: mark_failed(pk, reason="Again", actor=ACTOR)),
    (ShipmentStatus.DELIVERED, lambda pk: mark_failed(pk, reason="Lost", actor=ACTOR)),
    (ShipmentStatus.DELIVERED, lambda pk: return_to_sender(pk, restock=True, actor=ACTOR)),
    (ShipmentStatus.DELIVERED, lambda pk: dispatch_shipment(pk, carrier="DHL", actor=ACTOR)),
]


@pytest.mark.parametrize(("status", "act"), ILLEGAL)
def test_a_move_that_the_status_does_not_allow_is_refused(status: str, act: Callable[[Any], Any]) -> None:
    shipment = a_shipment(status=status)
    refusal = refused(OperationRefused, shipment, lambda: act(shipment.pk))
    assert refusal.context["state"] == status


# Cancelling


def test_cancelling_a_shipment_leaves_its_units_reserved_for_the_order() -> None:
    shipment = a_shipment()
    cancel_shipment(shipment.pk, reason="Wrong box", actor=ACTOR)
    assert fresh(shipment).status == ShipmentStatus.CANCELLED
    assert level("A") == (3, 3)
    assert "reason" not in last_event(shipment, "shipment.cancelled").data
    assert written(shipment)["reason"] == "Wrong box"


def test_the_shipments_of_a_cancelled_order_are_cancelled_once() -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Changed their mind", actor=ACTOR)
    assert [each.pk for each in cancel_shipments_of(shipment.order_id, actor=ACTOR)] == [shipment.pk]
    before = snapshot(shipment.order_id)
    assert cancel_shipments_of(shipment.order_id, actor=ACTOR) == []
    assert snapshot(shipment.order_id) == before


def test_the_shipments_of_an_order_that_is_not_cancelled_are_left_alone() -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    assert cancel_shipments_of(shipment.order_id, actor=ACTOR) == []
    assert snapshot(shipment.order_id) == before


# All of them


ACTIONS: list[Callable[..., Any]] = [
    lambda pk, **named: pack_shipment(pk, actor=ACTOR, **named),
    lambda pk, **named: unpack_shipment(pk, actor=ACTOR, **named),
    lambda pk, **named: update_shipment(pk, notes="Fragile", actor=ACTOR, **named),
    lambda pk, **named: dispatch_shipment(pk, carrier="DHL", actor=ACTOR, **named),
    lambda pk, **named: mark_in_transit(pk, actor=ACTOR, **named),
    lambda pk, **named: mark_failed(pk, reason="Lost", actor=ACTOR, **named),
    lambda pk, **named: deliver_shipment(pk, actor=ACTOR, **named),
    lambda pk, **named: return_to_sender(pk, restock=True, actor=ACTOR, **named),
    lambda pk, **named: cancel_shipment(pk, actor=ACTOR, **named),
    lambda pk, **named: split_shipment(pk, {}, actor=ACTOR, **named),
]


@pytest.mark.parametrize("act", ACTIONS)
def test_every_action_refuses_a_version_that_is_not_the_stored_one(act: Callable[..., Any]) -> None:
    shipment = a_shipment()
    refusal = refused(StaleVersion, shipment, lambda: act(shipment.pk, expected_version=7))
    assert refusal.context["current_etag"] == shipment.etag


@pytest.mark.parametrize("act", ACTIONS)
def test_every_action_refuses_a_shipment_that_does_not_exist(act: Callable[..., Any]) -> None:
    shipment = a_shipment()
    refused(NotFound, shipment, lambda: act(new_id()))


def test_an_action_at_the_stored_version_goes_through_and_bumps_it() -> None:
    shipment = a_shipment()
    assert shipment.version == 1
    assert pack_shipment(shipment.pk, actor=ACTOR, expected_version=1).version == 2
    assert fresh(shipment).version == 2


def test_the_timeline_of_an_order_stays_gap_free_through_its_shipments() -> None:
    shipment = a_shipment(status=ShipmentStatus.DELIVERED)
    versions = Event.objects.filter(subject_id=shipment.order_id).order_by("version").values_list("version", flat=True)
    assert list(versions) == list(range(1, the_order(shipment).version + 1))


def test_the_report_tells_the_order_s_own_reason_against_dispatch() -> None:
    shipment = a_shipment()
    place_hold(shipment.order_id, reason="address_check", actor=ACTOR)
    (shown,) = shipments_of(shipment.order_id)
    told = {each.operation.name: each.blocker for each in operations_of(shown)}
    assert told["pack"] is None
    assert told["dispatch"] is not None
    assert "address check" in told["dispatch"].reason
    assert told["dispatch"].unblock_by == ("order.lift_hold",)


def test_a_returned_shipment_can_do_nothing_more() -> None:
    shipment = bring(a_shipment(), ShipmentStatus.FAILED)
    return_to_sender(shipment.pk, restock=True, actor=ACTOR)
    assert not any(each.allowed for each in operations_of(fresh(shipment)))
