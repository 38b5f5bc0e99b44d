"""Advice works: following what a refused operation advises makes it possible, or the advice says that nothing does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from core.operations import Operation, explain, find_operation, operations
from core.transitions import Blocker
from inventory.actions import update_variant
from inventory.models import StockLevel, Variant
from orders import actions
from orders.models import Order
from orders.operations import PLACE, RECORD_PAYMENT, REOPEN
from orders.tasks import serve_waiting
from shipping.actions import deliver_shipment, dispatch_shipment, open_shipments, return_to_sender, split_shipment
from shipping.models import Shipment
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, TOTAL, UNITS, a_draft, a_waiting_order, an_order, new_order, pay, reload
from tests.factories.orders import a_placed_order as placed

pytestmark = pytest.mark.django_db

# Orders in every state


def held(status: str) -> Order:
    order = an_order(status)
    actions.place_hold(order.pk, reason="fraud_review", actor=ACTOR)
    actions.place_hold(order.pk, reason="address_check", actor=ACTOR)
    return reload(order)


def released() -> Order:
    order = an_order("processing")
    open_shipments(order.pk, actor=ACTOR)
    return reload(order)


def take_the_stock() -> None:
    """Somebody else buys all that is left."""
    left = {level.variant.sku: level.available for level in StockLevel.objects.select_related("variant")}
    placed(units=dict.fromkeys(left, 1))
    actions.place_order(
        actions.NewOrder(currency="EUR", lines=[actions.NewLine(sku, units) for sku, units in left.items()]),
        client_id=Order.objects.all()[:1].get().client_id,
        actor=ACTOR,
    )


def short_draft() -> Order:
    order = a_draft()
    actions.expire_reservation(order.pk, now=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
    take_the_stock()
    return reload(order)


def withdrawn() -> Order:
    order = an_order("draft")
    put_on_sale(order, active=False)
    return order


def withdrawn_cancelled() -> Order:
    order = an_order("cancelled")
    put_on_sale(order, active=False)
    return reload(order)


def short_cancelled() -> Order:
    order = an_order("cancelled")
    take_the_stock()
    return reload(order)


def part_dispatched() -> Order:
    order = released()
    (shipment,) = Shipment.objects.filter(order=order)
    units = {line.order_line_id: 1 for line in shipment.lines.all()}
    part = split_shipment(shipment.pk, units, actor=ACTOR)
    dispatch_shipment(part.pk, carrier="DHL", actor=ACTOR)
    return reload(order)


def part_dispatched_then_held() -> Order:
    order = part_dispatched()
    actions.place_hold(order.pk, reason="other", actor=ACTOR)
    return reload(order)


def all_came_back() -> Order:
    order = an_order("shipped")
    for shipment in Shipment.objects.filter(order=order):
        return_to_sender(shipment.pk, restock=True, actor=ACTOR)
    return reload(order)


def paid_then_cancelled() -> Order:
    order = placed()
    pay(order)
    actions.cancel_order(order.pk, reason="No", actor=ACTOR)
    return reload(order)


def overpaid() -> Order:
    order = placed()
    pay(order, TOTAL + 500)
    return reload(order)


def refunded() -> Order:
    order = paid_then_cancelled()
    refund(order)
    return reload(order)


def waiting() -> Order:
    order = a_waiting_order(UNITS, {})
    pay(order)
    return reload(order)


def waiting_in_part() -> Order:
    order = a_waiting_order(UNITS, {"A": 1})
    pay(order)
    return reload(order)


def waiting_unpaid() -> Order:
    return a_waiting_order(UNITS, {"A": 1})


def waiting_draft() -> Order:
    order = waiting()
    actions.cancel_order(order.pk, reason="No", actor=ACTOR)
    draft = actions.create_draft(new_order(), client_id=order.client_id, actor=ACTOR)
    return reload(draft)


def released_in_part() -> Order:
    order = waiting_in_part()
    actions.release_part(order.pk, actor=ACTOR)
    open_shipments(order.pk, actor=ACTOR)
    return reload(order)


def part_sent_and_waiting() -> Order:
    order = released_in_part()
    dispatch(order)
    return reload(order)


def deleted() -> Order:
    order = an_order("cancelled")
    actions.delete_order(order.pk, actor=ACTOR)
    return reload(order)


STATES: dict[str, Callable[[], Order]] = {
    **{status: lambda status=status: an_order(status) for status in (  # type: ignore[misc]
        "draft", "placed", "processing", "shipped", "delivered", "completed", "cancelled",
    )},
    **{f"held {status}": lambda status=status: held(status) for status in ("draft", "placed", "processing")},  # type: ignore[misc]
    "released": released, "short draft": short_draft, "short cancelled": short_cancelled,
    "part dispatched": part_dispatched, "part dispatched, then held": part_dispatched_then_held,
    "all came back": all_came_back, "paid, then cancelled": paid_then_cancelled, "overpaid": overpaid,
    "refunded": refunded, "deleted": deleted, "withdrawn": withdrawn, "withdrawn, cancelled": withdrawn_cancelled,
    "waiting": waiting, "waiting in part": waiting_in_part, "waiting, unpaid": waiting_unpaid,
    "waiting draft": waiting_draft, "released in part": released_in_part,
    "part sent, waiting": part_sent_and_waiting,
}  # fmt: skip


# What the advice names


def refund(order: Order) -> None:
    payment = next(payment for payment in order.payments.all() if payment.refundable)
    actions.refund_payment(order.pk, payment.pk, amount=payment.refundable, actor=ACTOR)


def lift(order: Order) -> None:
    hold = order.holds.filter(lifted_at=None)[:1].get()
    actions.lift_hold(order.pk, hold.pk, actor=ACTOR)


def release(order: Order) -> None:
    actions.release_order(order.pk, actor=ACTOR)
    open_shipments(order.pk, actor=ACTOR)


def receive(_order: Order) -> None:
    stock_up(dict.fromkeys(Variant.objects.values_list("sku", flat=True), sum(UNITS.values())))
    serve_waiting()


def put_on_sale(order: Order, *, active: bool = True) -> None:
    for line in order.lines.all():
        update_variant(line.variant_id, {"active": active}, actor=ACTOR)


def dispatch(order: Order) -> None:
    open_shipments(order.pk, actor=ACTOR)
    shipment = Shipment.objects.filter(order=order).not_dispatched()[:1].get()
    follow_shipment(shipment.pk, "dispatch")
    dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR)


def deliver(order: Order) -> None:
    shipment = Shipment.objects.filter(order=order, status="dispatched")[:1].get()
    deliver_shipment(shipment.pk, actor=ACTOR)


DO: dict[str, Callable[[Order], object]] = {
    "place": lambda order: actions.place_draft(order.pk, actor=ACTOR),
    "release": release,
    "release_part": lambda order: actions.release_part(order.pk, actor=ACTOR),
    "complete": lambda order: actions.complete_order(order.pk, actor=ACTOR),
    "reopen": lambda order: actions.reopen_order(order.pk, actor=ACTOR),
    "record_payment": pay,
    "refund": refund,
    "lift_hold": lift,
    "edit_contact": lambda order: actions.update_order(order.pk, payment_terms="on_account", actor=ACTOR),
    "variant.receive": receive,
    "variant.edit": put_on_sale,
    "shipment.dispatch": dispatch,
    "shipment.deliver": deliver,
}


def require_possible(order: Order, name: str) -> None:
    """What the advice names exists, and is not refused itself."""
    noun, _, verb = name.rpartition(".")
    models = {"": Order, "shipment": Shipment, "variant": Variant, "order": Order}
    operation = find_operation(models[noun], verb)
    assert operation.route is not None
    if not noun:
        assert explain(order, operation) is None, name


def follow_shipment(shipment_id: UUID, name: str) -> None:
    for _ in range(10):
        shipment = Shipment.objects.get(pk=shipment_id)
        blocker = explain(shipment, find_operation(Shipment, name))
        if blocker is None:
            return
        advised = blocker.unblock_by[0].removeprefix("order.")
        DO[advised](reload(shipment.order))
    raise AssertionError(f"{name} stays refused")


def follow(order: Order, operation: Operation) -> Blocker | None:
    """Do what is advised until the operation is possible, or is done, or nothing would help."""
    for _ in range(12):
        blocker = explain(reload(order), operation)
        if blocker is None or blocker.done:
            return None
        if blocker.unblock.startswith("Nothing"):
            assert blocker.unblock_by == ()
            return blocker
        assert blocker.unblock_by, (operation.name, blocker)
        for name in blocker.unblock_by:
            require_possible(reload(order), name)
        DO[blocker.unblock_by[0]](reload(order))
    raise AssertionError(f"{operation.name} stays refused: {blocker}")


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens in the block is rolled back."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


@pytest.mark.parametrize("state", STATES)
def test_the_advice_of_every_refused_operation_works(state: str) -> None:
    order = STATES[state]()
    for operation in operations(Order):
        first = explain(reload(order), operation)
        with forgotten():
            last = follow(order, operation)
            assert first is None or last is None or first.unblock == last.unblock, (operation.name, first, last)


def test_what_is_done_already_says_when() -> None:
    order = an_order("cancelled")
    blocker = explain(order, find_operation(Order, "cancel"))
    assert blocker is not None
    assert (blocker.done, blocker.unblock) == (True, "Nothing to do.")
    assert blocker.reason == f"The order was cancelled already ({order.cancelled_at:%Y-%m-%d %H:%M} UTC)."


@pytest.mark.parametrize(("made", "operation"), [(short_draft, PLACE), (short_cancelled, REOPEN)])
def test_what_would_be_refused_for_want_of_stock_says_so(made: Callable[[], Order], operation: Operation) -> None:
    blocker = explain(made(), operation)
    assert blocker is not None
    assert blocker.reason == "Not enough stock (A: 3 requested, 0 available, B: 2 requested, 0 available)."
    assert blocker.unblock == "Receive stock: 3 of A, 2 of B."


@pytest.mark.parametrize("policy", ["backorder", "preorder"])
@pytest.mark.parametrize(
    ("made", "name", "operation"), [(short_draft, "place_draft", PLACE), (short_cancelled, "reopen_order", REOPEN)]
)
def test_what_may_wait_for_its_stock_is_advised_and_done(
    made: Callable[[], Order], name: str, operation: Operation, policy: str
) -> None:
    order = made()
    Variant.objects.update(stock_policy=policy)
    assert explain(order, operation) is None
    done: Order = getattr(actions, name)(order.pk, actor=ACTOR)
    assert {line.variant.sku: line.backordered for line in done.lines.select_related("variant")} == UNITS


def test_a_payment_for_a_draft_that_cannot_be_placed_tells_why() -> None:
    blocker = explain(short_draft(), RECORD_PAYMENT)
    assert blocker is not None
    assert blocker.reason == "The order is a draft; nothing is charged yet."
    assert blocker.unblock == (
        "Place the order first. That is refused now: Not enough stock (A: 3 requested, 0 available, "
        "B: 2 requested, 0 available). Receive stock: 3 of A, 2 of B."
    )
    assert blocker.unblock_by == ("variant.receive",)
