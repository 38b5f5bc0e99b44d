"""Placing orders under racing threads. Each race has a control that runs with the protection off, and must fail."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from uuid import UUID

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from core.ids import new_id
from core.models import Client
from inventory.actions import adjust
from inventory.models import Location, Reservation, StockLevel, StockMovement, Variant
from orders.actions import NewLine, cancel_order, expire_reservation, place_draft, place_order
from orders.models import Order, OrderLine
from tests.concurrency.racing import at_once, race
from tests.factories.core import CAUSE, a_client, timeline
from tests.factories.inventory import stock_up
from tests.factories.orders import (
    ACTOR,
    a_draft,
    a_placed_order,
    assert_everything_adds_up,
    ledger,
    new_order,
    reload,
    stock,
)

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20
ATTEMPTS = 1_000
UNITS = 100
ROUNDS = 10
SKUS = [f"MUG-{n}" for n in range(10)]


def tally(outcomes: Iterable[object]) -> dict[str, int]:
    return dict(Counter(type(outcome).__name__ for outcome in outcomes))


class TestAHundredUnits:
    def test_a_thousand_attempts_make_a_hundred_orders_and_every_ledger_is_right(self) -> None:
        stock_up({"MUG": UNITS})
        client = a_client()

        outcomes = race(
            [partial(place_order, new_order({"MUG": 1}), client_id=client.pk, actor=ACTOR)] * ATTEMPTS, threads=THREADS
        )

        assert tally(outcomes) == {"Order": UNITS, "OutOfStock": ATTEMPTS - UNITS}
        assert Order.objects.count() == UNITS
        assert stock() == {"MUG": (UNITS, UNITS)}
        assert_everything_adds_up()

    def test_control_without_locks_and_constraint_more_orders_are_placed_than_there_are_units(
        self, no_level_constraint: None
    ) -> None:
        mug = stock_up({"MUG": UNITS})["MUG"]

        outcomes = race([partial(place_on_trust, mug, a_client())] * ATTEMPTS, threads=THREADS)

        assert outcomes.count(True) == Order.objects.count() > UNITS
        assert StockLevel.objects.get().available < 0

    def test_control_without_locks_the_constraint_alone_keeps_the_stock(self) -> None:
        mug = stock_up({"MUG": UNITS})["MUG"]

        outcomes = race([partial(place_on_trust, mug, a_client())] * ATTEMPTS, threads=THREADS)

        assert outcomes.count(True) == Order.objects.count() == UNITS
        assert "IntegrityError" in tally(outcomes)  # What the lock spares the caller.

    def test_one_sku_on_two_lines_of_one_order_is_counted_together(self) -> None:
        stock_up({"MUG": UNITS})
        twice = new_order(lines=[NewLine("MUG", 2), NewLine("MUG", 1, unit_price=50)])

        outcomes = race([partial(place_order, twice, client_id=a_client().pk, actor=ACTOR)] * 200, threads=THREADS)

        assert tally(outcomes) == {"Order": 33, "OutOfStock": 167}
        assert OrderLine.objects.count() == 2 * 33
        assert stock() == {"MUG": (UNITS, 99)}
        assert_everything_adds_up()

    def test_orders_of_one_reference_are_placed_once(self) -> None:
        stock_up({"MUG": UNITS})
        same = new_order({"MUG": 1}, external_ref="WEB-1")

        outcomes = race([partial(place_order, same, client_id=a_client().pk, actor=ACTOR)] * 40, threads=THREADS)

        assert tally(outcomes) == {"Order": 1, "DuplicateReference": 39}
        assert stock() == {"MUG": (UNITS, 1)}
        assert_everything_adds_up()


class TestTheOrderOfLocks:
    def test_four_lines_over_ten_skus_in_any_order_never_deadlock(self) -> None:
        stock_up(dict.fromkeys(SKUS, 10_000))
        draw = random.Random(3)  # noqa: S311
        baskets = [new_order(lines=[NewLine(sku, 1) for sku in draw.sample(SKUS, 4)]) for _ in range(400)]
        client = a_client()

        outcomes = race([partial(place_order, each, client_id=client.pk, actor=ACTOR) for each in baskets], threads=16)

        assert tally(outcomes) == {"Order": 400}
        assert sum(reserved for _, reserved in stock().values()) == 4 * 400
        assert_everything_adds_up()

    def test_control_locking_the_same_levels_line_by_line_deadlocks(self) -> None:
        variants = stock_up(dict.fromkeys(SKUS[:4], 10))
        first_lock_is_held = threading.Barrier(2)
        baskets = [SKUS[:4], SKUS[3::-1]]

        outcomes = race(
            [partial(lock_line_by_line, [variants[sku] for sku in basket], first_lock_is_held) for basket in baskets],
            threads=2,
        )

        (failed,) = [outcome for outcome in outcomes if outcome is not None]
        assert isinstance(failed, OperationalError)
        assert "deadlock detected" in str(failed)


class TestTheLastUnit:
    def test_it_goes_to_one_of_many_once_its_order_is_cancelled(self) -> None:
        for turn in range(ROUNDS):
            sku = f"LAST-{turn}"
            holder = a_placed_order(units={sku: 1})
            attempt = partial(place_order, new_order({sku: 1}), client_id=holder.client_id, actor=ACTOR)

            cancelled, *placed = at_once(partial(cancel_order, holder.pk, reason="Race", actor=ACTOR), *[attempt] * 5)

            assert isinstance(cancelled, Order)
            counts = tally(placed)
            assert counts.get("Order", 0) in {0, 1}
            assert counts.get("Order", 0) + counts.get("OutOfStock", 0) == 5
            assert stock()[sku] == (1, counts.get("Order", 0))
            assert isinstance(at_once(attempt)[0], Order) == (counts.get("Order", 0) == 0)
        assert_everything_adds_up()

    def test_it_is_adjusted_away_from_whoever_bought_it(self) -> None:
        for turn in range(ROUNDS):
            sku = f"LAST-{turn}"
            mug, main = stock_up({sku: 1})[sku], Location.objects.get()
            placed, adjusted = at_once(
                partial(place_order, new_order({sku: 1}), client_id=a_client().pk, actor=ACTOR),
                partial(adjust, mug.pk, main.pk, change=-1, note="Broken", actor=ACTOR),
            )
            names = type(placed).__name__, type(adjusted).__name__
            assert names in {("Order", "list"), ("OutOfStock", "list")}
            assert stock()[sku] == (0, 0)
            if isinstance(placed, Order):
                (line,) = reload(placed).lines.all()
                assert (line.reserved, line.backordered) == (0, 1)
        assert_everything_adds_up()


class TestADraftWhoseTimeIsUp:
    def test_placing_it_and_its_expiry_leave_one_placed_order_with_its_stock(self) -> None:
        for turn in range(ROUNDS):
            draft = a_draft(units={f"MUG-{turn}": 2})
            later = timezone.now() + dt.timedelta(days=1)

            placed, expired = at_once(
                partial(place_draft, draft.pk, actor=ACTOR),
                partial(expire_reservation, draft.pk, now=later, actor=ACTOR),
            )

            assert isinstance(placed, Order)
            assert isinstance(expired, bool)
            assert ("order.reservation_expired" in timeline(draft.pk)) == expired
            assert reload(draft).status == "placed"
            assert reload(draft).reserved_until is None
            assert stock()[f"MUG-{turn}"] == (2, 2)
            assert ledger(draft) == [("charged", 200)]
        assert_everything_adds_up()

    def test_when_another_wants_its_units_they_are_sold_once(self) -> None:
        for turn in range(ROUNDS):
            sku = f"MUG-{turn}"
            draft = a_draft(units={sku: 1})
            later = timezone.now() + dt.timedelta(days=1)

            expired, placed, bought = at_once(
                partial(expire_reservation, draft.pk, now=later, actor=ACTOR),
                partial(place_draft, draft.pk, actor=ACTOR),
                partial(place_order, new_order({sku: 1}), client_id=draft.client_id, actor=ACTOR),
            )

            assert isinstance(expired, bool)
            names = type(placed).__name__, type(bought).__name__
            assert names in {("Order", "OutOfStock"), ("OutOfStock", "Order")}
            assert expired or names == ("Order", "OutOfStock")
            assert stock()[sku] == (1, 1)
            assert Reservation.objects.filter(variant__sku=sku).count() == 1
        assert_everything_adds_up()

    def test_control_an_expiry_that_does_not_look_under_the_lock_takes_the_stock_of_a_placed_order(self) -> None:
        draft = a_draft(units={"MUG": 2})
        looked, placed = threading.Event(), threading.Event()

        def expire_what_was_read() -> None:
            seen = Order.objects.get(pk=draft.pk)
            looked.set()
            assert placed.wait(10)
            if seen.reserved_until is not None:
                release_unlocked(seen)

        def place() -> None:
            assert looked.wait(10)
            place_draft(draft.pk, actor=ACTOR)
            placed.set()

        assert at_once(expire_what_was_read, place) == [None, None]
        assert reload(draft).status == "placed"
        assert stock() == {"MUG": (2, 0)}
        with pytest.raises(AssertionError):
            assert_everything_adds_up()


def place_on_trust(variant: Variant, client: Client) -> bool:
    """Places an order as one does who trusts what was read a moment ago."""
    level = StockLevel.objects.get(variant=variant)
    if level.available < 1:
        return False
    time.sleep(0.002)
    with transaction.atomic():
        order = Order.objects.create(client=client, currency="EUR", status="placed", placed_at=timezone.now())
        line = OrderLine.objects.create(
            order=order, position=1, variant=variant, sku=variant.sku, name="A mug", unit_price=0, total=0,
            quantity=1, reserved=1,
        )  # fmt: skip
        reserve_unlocked(order.pk, line.pk, level)
    return True


def reserve_unlocked(order_id: UUID, line_id: UUID, level: StockLevel) -> None:
    StockMovement.objects.create(
        variant_id=level.variant_id, location_id=level.location_id, kind="reserve", reserved=1,
        order_id=order_id, line_id=line_id, **CAUSE,
    )  # fmt: skip


def release_unlocked(order: Order) -> None:
    for kept in Reservation.objects.filter(order_id=order.pk):
        StockMovement.objects.create(
            variant_id=kept.variant_id, location_id=kept.location_id, kind="release", reserved=-kept.quantity,
            order_id=order.pk, line_id=kept.line_id, **CAUSE,
        )  # fmt: skip


def lock_line_by_line(variants: list[Variant], first_lock_is_held: threading.Barrier) -> None:
    """Reserves each line as it comes, in the order of the basket."""
    order_id = new_id()
    with transaction.atomic():
        for turn, variant in enumerate(variants):
            level = StockLevel.objects.select_for_update().get(variant=variant)
            reserve_unlocked(order_id, new_id(), level)
            if turn == 0:
                first_lock_is_held.wait(10)
