"""Every permanent row names the event that caused it, and what an order had as of a version is the sum of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

import pytest

from core.actors import Actor
from core.models import Event
from inventory.actions import StockItem, TransferItem, adjust, receive, scrap, transfer
from inventory.models import Location, StockMovement, Variant
from inventory.queries import stock_discrepancies, units_as_of
from orders.actions import (
    add_note,
    cancel_order,
    complete_order,
    expire_reservation,
    lift_hold,
    place_draft,
    place_hold,
    record_payment,
    refund_payment,
    release_order,
    reopen_order,
    write_off_balance,
)
from orders.models import Hold, Order, OrderNote
from orders.payments.models import LedgerEntry
from orders.queries import money_as_of
from orders.statuses import ORDER_MONEY
from shipping.actions import deliver_shipment, dispatch_shipment, open_shipments, return_to_sender, split_shipment
from shipping.models import Shipment
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, a_draft, a_placed_order, assert_everything_adds_up, pay, reload

pytestmark = pytest.mark.django_db

ANN = Actor("client", "7", "ann")
Columns = tuple[dict[str, int], dict[UUID, tuple[int, int, int]]]
"""The money of an order; reserved, shipped and returned units of each line."""


def columns(order: Order) -> Columns:
    money = {column: getattr(order, column) for column in ORDER_MONEY}
    return money, {line.pk: (line.reserved, line.shipped, line.returned) for line in order.lines.all()}


def columns_as_of(order: Order, version: int) -> Columns:
    units = units_as_of(order.pk, version)
    lines = {line.pk: units.get(line.pk) for line in order.lines.all()}
    told = {pk: (of.reserved, of.shipped, of.returned) if of else (0, 0, 0) for pk, of in lines.items()}
    return money_as_of(order.pk, version), told


class Diary:
    """What the columns of an order were at each version at which somebody could see it."""

    def __init__(self, order: Order) -> None:
        self.pk = order.pk
        self.seen: dict[int, Columns] = {}
        self.look()

    def after(self, *acts: Callable[[], object]) -> None:
        for act in acts:
            act()
            self.look()

    def look(self) -> None:
        order = reload(Order(pk=self.pk))
        self.seen[order.version] = columns(order)


def lives_of_money() -> Diary:
    order = a_draft()
    diary = Diary(order)
    diary.after(
        lambda: expire_reservation(order.pk, now=order.reserved_until, actor=ACTOR),  # type: ignore[arg-type]
        lambda: place_draft(order.pk, actor=ACTOR),
        lambda: add_note(order.pk, body="Called", actor=ANN),
        lambda: record_payment(order.pk, method="cash", amount=1_000, actor=ACTOR),
        lambda: write_off_balance(order.pk, note="Goodwill", actor=ANN),
        lambda: cancel_order(order.pk, reason="Mistake", actor=ACTOR),
        lambda: refund_payment(order.pk, order.payments.get().pk, amount=400, actor=ACTOR),
        lambda: reopen_order(order.pk, actor=ACTOR),
        lambda: cancel_order(order.pk, reason="After all", actor=ACTOR),
    )
    return diary


def lives_of_units() -> Diary:
    order = a_placed_order(units={"A": 3, "B": 2})
    lines = {line.sku: line.pk for line in order.lines.all()}
    diary = Diary(order)
    diary.after(
        lambda: pay(order),
        lambda: release_order(order.pk, actor=ACTOR),
        lambda: open_shipments(order.pk, actor=ACTOR),
    )
    (first,) = Shipment.objects.filter(order_id=order.pk)
    second = split_shipment(first.pk, {lines["A"]: 1}, actor=ACTOR)
    third = split_shipment(first.pk, {lines["B"]: 1}, actor=ACTOR)
    for shipment in (first, second, third):
        diary.after(lambda: dispatch_shipment(shipment.pk, carrier="Royal Mail", tracking_number="1", actor=ANN))  # noqa: B023
    diary.after(
        lambda: return_to_sender(second.pk, restock=False, actor=ACTOR),
        lambda: return_to_sender(third.pk, restock=True, actor=ACTOR),
        lambda: deliver_shipment(first.pk, actor=ACTOR),
        lambda: complete_order(order.pk, actor=ACTOR),
    )
    return diary


@pytest.mark.parametrize("live", [lives_of_money, lives_of_units])
def test_the_sums_up_to_each_version_are_what_the_columns_said_then(live: Callable[[], Diary]) -> None:
    diary = live()
    order = reload(Order(pk=diary.pk))
    assert len(diary.seen) > 8
    for version, seen in diary.seen.items():
        assert columns_as_of(order, version) == seen, version
    assert columns_as_of(order, 0) == (dict.fromkeys(ORDER_MONEY, 0), dict.fromkeys(seen[1], (0, 0, 0)))
    assert_everything_adds_up()


def told_by(order_id: UUID) -> Mapping[int, Event]:
    return {event.version: event for event in Event.objects.filter(subject_id=order_id)}


def test_every_entry_movement_hold_and_note_names_its_event_and_its_actor() -> None:
    telling = {
        "reserve": {"inventory.reserved"},
        "release": {"inventory.released"},
        "ship": {"shipment.dispatched"},
        "undelivered": {"inventory.undelivered"},
        "scrap": {"inventory.undelivered"},
        "charged": {"order.created", "order.placed"},
        "credited": {"order.canceled", "order.reopened"},
        "authorised": {"payment.captured"},
        "captured": {"payment.captured"},
        "refunded": {"payment.refunded"},
        "written_off": {"payment.written_off"},
    }
    for diary in (lives_of_money(), lives_of_units()):
        events = told_by(diary.pk)
        rows: list[LedgerEntry | StockMovement] = [
            *LedgerEntry.objects.filter(order_id=diary.pk),
            *StockMovement.objects.filter(order_id=diary.pk),
        ]
        for row in rows:
            event = events[row.version]
            assert event.type in telling[row.kind], row
            assert row.actor == Actor.of(event.actor_kind, event.actor_id, event.actor_name)
    note = OrderNote.objects.get()
    assert (told_by(note.order_id)[note.version].data, note.actor) == ({"note_id": str(note.pk)}, ANN)


def test_a_hold_names_the_events_of_its_placing_and_its_lifting() -> None:
    order = a_placed_order()
    placed = place_hold(order.pk, reason="other", actor=ANN)
    add_note(order.pk, body="Odd", actor=ACTOR)
    lift_hold(order.pk, placed.pk, actor=ACTOR)
    hold, events = Hold.objects.get(), told_by(order.pk)
    assert hold.lifted_version is not None
    assert (hold.actor, events[hold.version].type) == (ANN, "order.held")
    assert (hold.lifted_by, events[hold.lifted_version].type) == (ACTOR, "order.hold_lifted")
    assert (hold.version, hold.lifted_version) == (order.version + 1, order.version + 3)


def test_movements_that_are_for_no_order_name_the_event_of_their_variant() -> None:
    stock_up({"A": 1}, location="MAIN")
    stock_up({"A": 1}, location="SPARE")
    variant, (main, spare) = Variant.objects.get(), Location.objects.order_by("code")
    receive([StockItem(variant.pk, main.pk, 5), StockItem(variant.pk, spare.pk, 6)], actor=ANN)
    adjust(variant.pk, main.pk, change=-1, note="Lost", actor=ACTOR)
    scrap([StockItem(variant.pk, main.pk, 1), StockItem(variant.pk, main.pk, 1)], actor=ACTOR)
    transfer(
        [TransferItem(variant.pk, spare.pk, main.pk, 2), TransferItem(variant.pk, main.pk, spare.pk, 1)], actor=ANN
    )
    events = told_by(variant.pk)
    moves = StockMovement.objects.order_by("id")
    assert [(move.kind, move.on_hand, events[move.version].type) for move in moves] == [
        ("receive", 1, "inventory.received"),
        ("receive", 1, "inventory.received"),
        ("receive", 5, "inventory.received"),
        ("receive", 6, "inventory.received"),
        ("adjust", -1, "inventory.adjusted"),
        ("scrap", -1, "inventory.scrapped"),
        ("scrap", -1, "inventory.scrapped"),
        ("transfer", -2, "inventory.transferred"),
        ("transfer", 2, "inventory.transferred"),
        ("transfer", -1, "inventory.transferred"),
        ("transfer", 1, "inventory.transferred"),
    ]
    assert [move.version for move in moves] == [2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 10]
    assert [move.actor for move in moves][2] == ANN
    assert stock_discrepancies() == []
