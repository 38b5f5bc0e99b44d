"""No state is a dead end: from wherever an order, a shipment, a payment or a job can get, some end can be reached."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from django.db.models import Field, Model

from core.inserts import adopt
from core.models import Job
from core.operations import find_operation, possible
from core.transitions import declared, edges
from orders.actions import dispatch_blocker, place_hold
from orders.models import Order, OrderLine
from orders.payments.models import Payment
from orders.statuses import OPEN
from shipping.models import Shipment
from tests.factories.orders import ACTOR, ADDRESS, a_placed_order
from trading.models import BookOrder

UNITS = 3
PRICE = 100
ENDS = {"completed", "cancelled"}


def statuses(model: type[Model]) -> set[str]:
    field = model._meta.get_field("status")
    assert isinstance(field, Field)
    return {value for value, _ in field.choices or ()}


def reachable(start: str, moves: set[tuple[str, str]]) -> set[str]:
    seen, queue = {start}, deque([start])
    while queue:
        here = queue.popleft()
        for source, target in moves:
            if source == here and target not in seen:
                seen.add(target)
                queue.append(target)
    return seen


@pytest.mark.parametrize(
    ("model", "starts", "ends"),
    [
        (Order, {"draft", "placed"}, ENDS),
        (Shipment, {"pending"}, {"delivered", "returned", "cancelled"}),
        (Payment, {"pending"}, {"captured", "failed", "voided", "expired"}),
        (BookOrder, {"open"}, {"filled", "removed"}),
        (Job, {"waiting"}, {"finished", "cancelled"}),
    ],
)
def test_every_status_can_be_reached_and_leads_to_an_end(model: type[Model], starts: set[str], ends: set[str]) -> None:
    moves = edges(model)
    choices = statuses(model)
    assert set().union(*(reachable(start, moves) for start in starts)) == choices
    for status in choices:
        assert reachable(status, moves) & ends, status


@dataclass(frozen=True)
class State:
    """An order of one line of UNITS units, with everything that the conditions of its transitions look at."""

    status: str
    held: bool = False
    on_account: bool = False
    charged: int = 0
    captured: int = 0
    credited: int = 0
    cancelled: int = 0
    reserved: int = 0
    backordered: int = 0
    shipped: int = 0
    delivered: int = 0
    undelivered: int = 0


@dataclass(frozen=True)
class World:
    """The two stored orders that states stand upon: one with an open hold and one without."""

    held: UUID
    free: UUID

    def order(self, state: State) -> Order:
        order = Order(
            id=self.held if state.held else self.free,
            currency="EUR",
            status=state.status,
            payment_terms="on_account" if state.on_account else "prepaid",
            shipping_address=ADDRESS,
            total=UNITS * PRICE,
            charged=state.charged,
            captured=state.captured,
            credited=state.credited,
        )
        counters = ("cancelled", "reserved", "backordered", "shipped", "delivered", "undelivered")
        line = OrderLine(order=order, sku="A", quantity=UNITS, **{name: getattr(state, name) for name in counters})
        adopt(order, "lines", [line])
        return order

    def moves(self, state: State) -> Iterator[State]:
        """Every state that one action leads to: the model itself says which transitions are possible."""
        order = self.order(state)
        for name, move in declared(Order).items():
            if possible(order, find_operation(Order, name)):
                yield _moved(state, name, move.target)
        if dispatch_blocker(order) is None and state.reserved:
            yield replace(state, reserved=state.reserved - 1, shipped=state.shipped + 1)
        yield from _units_moved(state)
        if state.status != "draft" and order.due > 0:
            yield replace(state, captured=state.captured + order.due)
        if state.held:
            yield replace(state, held=False)
        elif state.status in OPEN:
            yield replace(state, held=True)
        if state.status in {"draft", "placed", "processing"} and not state.on_account:
            yield replace(state, on_account=True)


def _units_moved(state: State) -> Iterator[State]:
    """Carriers deliver or bring back, counts take units away, arriving stock serves what waits, drafts expire."""
    if state.shipped > state.delivered + state.undelivered:
        yield replace(state, delivered=state.delivered + 1)
        yield replace(state, undelivered=state.undelivered + 1)
    if state.reserved:
        yield replace(state, reserved=state.reserved - 1, backordered=state.backordered + 1)
    if state.backordered:
        yield replace(state, reserved=state.reserved + 1, backordered=state.backordered - 1)
    if state.status == "draft":
        yield replace(state, reserved=0, backordered=0)


def _moved(state: State, name: str, target: str) -> State:
    """With what the action does besides. Money is kept small: a charge and its credit cancel out."""
    moved = replace(state, status=target)
    if name == "place":
        return replace(moved, charged=UNITS * PRICE, reserved=UNITS, backordered=0)
    if name == "cancel":
        return replace(moved, charged=0, credited=0, cancelled=UNITS, reserved=0, backordered=0)
    if name == "reopen":
        return replace(moved, charged=UNITS * PRICE, cancelled=0, reserved=UNITS)
    return moved


@pytest.fixture
def world(db: None) -> World:
    held, free = a_placed_order(), a_placed_order()
    place_hold(held.pk, reason="other", actor=ACTOR)
    return World(held.pk, free.pk)


def test_no_reachable_state_of_an_order_is_a_dead_end(world: World) -> None:
    graph: dict[State, set[State]] = {}
    queue = deque(
        [
            State("draft", reserved=UNITS),
            State("placed", reserved=UNITS, charged=UNITS * PRICE),
            State("placed", backordered=UNITS, charged=UNITS * PRICE),
        ]
    )
    while queue:
        state = queue.popleft()
        if state not in graph:
            graph[state] = set(world.moves(state))
            queue.extend(graph[state])
    assert {state.status for state in graph} == statuses(Order)
    assert len(graph) > 200

    safe = {state for state in graph if state.status in ENDS}
    while True:
        more = {state for state, next_ in graph.items() if state not in safe and next_ & safe}
        if not more:
            break
        safe |= more
    assert set(graph) - safe == set()
