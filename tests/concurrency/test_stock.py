"""Stock under racing threads. Each race has a control that runs with the protection off, and must fail."""

from __future__ import annotations

import functools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection

from core.ids import new_id
from core.transactions import action
from inventory.actions import StockItem, TransferItem, adjust, receive, scrap, transfer
from inventory.errors import NotEnoughStock, OutOfStock
from inventory.models import Location, StockLevel, StockMovement, Variant
from inventory.queries import stock_discrepancies
from orders.models import Order
from tests.concurrency.racing import race
from tests.factories.core import CAUSE
from tests.factories.inventory import (
    ACTOR,
    a_location,
    a_variant,
    release_of,
    reserve_for,
    stock,
    stocked,
    wanted,
)
from tests.factories.orders import an_empty_order, empty_orders

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20
ATTEMPTS = 1_000
UNITS = 100


def test_a_hundred_units_are_sold_a_hundred_times_and_no_more() -> None:
    mug = stocked("MUG", a_location(), UNITS)

    outcomes = race(
        [functools.partial(reserve_for, order, wanted(mug, 1)) for order in empty_orders(ATTEMPTS)], threads=THREADS
    )

    assert _tally(outcomes) == {"list": UNITS, "OutOfStock": ATTEMPTS - UNITS}
    assert stock() == {("MUG", "MAIN"): (UNITS, UNITS)}
    assert stock_discrepancies() == []


def test_without_locks_and_constraint_more_is_sold_than_there_is(no_level_constraint: None) -> None:
    mug = stocked("MUG", a_location(), UNITS)

    outcomes = race(
        [functools.partial(_read_then_write, order, mug) for order in empty_orders(ATTEMPTS)], threads=THREADS
    )

    assert outcomes.count(True) > UNITS
    assert StockLevel.objects.get().available < 0


def test_without_locks_the_database_alone_refuses_to_oversell() -> None:
    mug = stocked("MUG", a_location(), UNITS)

    race([functools.partial(_read_then_write, order, mug) for order in empty_orders(ATTEMPTS)], threads=THREADS)

    assert stock() == {("MUG", "MAIN"): (UNITS, UNITS)}


def test_one_sku_twice_in_one_order_is_counted_together() -> None:
    mug = stocked("MUG", a_location(), UNITS)

    outcomes = race(
        [functools.partial(reserve_for, order, wanted(mug, 2), wanted(mug, 1)) for order in empty_orders(200)],
        threads=THREADS,
    )

    assert _tally(outcomes) == {"list": UNITS // 3, "OutOfStock": 200 - UNITS // 3}
    assert stock() == {("MUG", "MAIN"): (UNITS, UNITS // 3 * 3)}


def test_the_last_unit_against_release_adjustment_and_scrap() -> None:
    main = a_location()
    mug = stocked("MUG", main, 1)
    holder = an_empty_order()
    reserve_for(holder, wanted(mug, 1))

    attempts: list[Callable[[], object]] = [
        functools.partial(release_of, holder),
        *(functools.partial(reserve_for, order, wanted(mug, 1)) for order in empty_orders(5)),
        functools.partial(scrap, [StockItem(mug.pk, main.pk, 1)], actor=ACTOR),
        functools.partial(adjust, mug.pk, main.pk, to=0, note="Lost", actor=ACTOR),
    ]

    outcomes = race(attempts, threads=8)

    assert all(isinstance(outcome, list | OutOfStock | NotEnoughStock) for outcome in outcomes)
    assert stock() in ({("MUG", "MAIN"): (1, 0)}, {("MUG", "MAIN"): (1, 1)}, {("MUG", "MAIN"): (0, 0)})
    assert stock_discrepancies() == []


def test_receiving_adjusting_and_transferring_at_once_adds_up() -> None:
    main, east = a_location(), a_location("EAST")
    mugs = [a_variant(f"MUG-{n}") for n in range(4)]
    for mug in mugs:
        receive([StockItem(mug.pk, main.pk, 1_000)], actor=ACTOR)

    outcomes = race(
        [
            attempt
            for mug in mugs
            for attempt in [
                functools.partial(receive, [StockItem(mug.pk, main.pk, 3)], actor=ACTOR),
                functools.partial(receive, [StockItem(mug.pk, east.pk, 2)], actor=ACTOR),
                functools.partial(adjust, mug.pk, main.pk, change=-1, note="Lost", actor=ACTOR),
                functools.partial(transfer, [TransferItem(mug.pk, main.pk, east.pk, 5)], actor=ACTOR),
            ]
            * 10
        ],
        threads=8,
    )

    assert all(isinstance(outcome, list) for outcome in outcomes), outcomes
    assert set(stock().values()) == {(1_000 + 30 - 10 - 50, 0), (20 + 50, 0)}
    assert [Variant.objects.get(pk=mug.pk).version for mug in mugs] == [42] * 4
    assert stock_discrepancies() == []


def test_without_the_ledgers_triggers_updates_are_lost(switch_off_triggers: Callable[[], None]) -> None:
    main = a_location()
    mug = stocked("MUG", main, 1_000)
    switch_off_triggers()

    race([functools.partial(_overwrite_level, mug)] * 80, threads=8)

    assert StockLevel.objects.get().on_hand < 1_080
    assert stock_discrepancies()[0].what == "level.on_hand"


def test_transfers_in_opposite_orders_do_not_deadlock() -> None:
    main, east = a_location(), a_location("EAST")
    mugs = [a_variant(f"MUG-{n}") for n in range(10)]
    receive([StockItem(mug.pk, place.pk, 10_000) for mug in mugs for place in (main, east)], actor=ACTOR)
    shuffle = random.Random(7).sample  # noqa: S311

    outcomes = race(
        [
            functools.partial(_move_four, shuffle(mugs, 4), *((main, east) if turn % 2 else (east, main)))
            for turn in range(200)
        ],
        threads=THREADS,
    )

    assert _tally(outcomes) == {"list": 200}
    assert stock_discrepancies() == []
    assert sum(on_hand for on_hand, _ in stock().values()) == 200_000


def test_reservations_receipts_and_edits_do_not_deadlock() -> None:
    main, east = a_location(), a_location("EAST")
    mugs = [a_variant(f"MUG-{n}") for n in range(10)]
    receive([StockItem(mug.pk, place.pk, 10_000) for mug in mugs for place in (main, east)], actor=ACTOR)
    draw = random.Random(11)  # noqa: S311

    outcomes = race(
        [
            functools.partial(reserve_for, order, *(wanted(mug, 1) for mug in draw.sample(mugs, 4)))
            if turn % 2
            else functools.partial(
                receive, [StockItem(mug.pk, main.pk, 1) for mug in draw.sample(mugs, 4)], actor=ACTOR
            )
            for turn, order in enumerate(empty_orders(400))
        ],
        threads=THREADS,
    )

    assert _tally(outcomes) == {"list": 400}
    assert stock_discrepancies() == []


def test_without_the_order_of_locks_there_are_deadlocks() -> None:
    main = a_location()
    one, two = stocked("ONE", main, 10), stocked("TWO", main, 10)
    both_have_one = threading.Barrier(2)

    outcomes = race(
        [functools.partial(_receive_one_by_one, pair, both_have_one) for pair in ((one, two), (two, one))], threads=2
    )

    assert [type(outcome) for outcome in outcomes if outcome is not None] == [OperationalError]


def test_two_first_receipts_at_a_new_place_make_one_level() -> None:
    main, mug = a_location(), a_variant()

    race([functools.partial(receive, [StockItem(mug.pk, main.pk, 1)], actor=ACTOR)] * 40, threads=THREADS)

    assert stock() == {("MUG", "MAIN"): (40, 0)}


def _tally(outcomes: list) -> dict[str, int]:
    return dict(Counter(type(outcome).__name__ for outcome in outcomes))


def _read_then_write(order: Order, variant: Variant) -> bool:
    """Reserves as one does who trusts what was read a moment ago."""
    level = StockLevel.objects.get(variant=variant)
    if level.available < 1:
        return False
    time.sleep(0.002)
    StockMovement.objects.create(
        variant=variant,
        location_id=level.location_id,
        kind="reserve",
        reserved=1,
        order_id=order.pk,
        line_id=new_id(),
        **CAUSE,
    )
    return True


def _overwrite_level(variant: Variant) -> None:
    level = StockLevel.objects.get(variant=variant)
    time.sleep(0.001)
    level.on_hand += 1
    level.save()
    StockMovement.objects.create(variant=variant, location_id=level.location_id, kind="receive", on_hand=1, **CAUSE)


def _move_four(variants: list[Variant], origin: Location, target: Location) -> list[StockMovement]:
    return transfer([TransferItem(each.pk, origin.pk, target.pk, 1) for each in variants], actor=ACTOR)


@action
def _receive_one_by_one(variants: tuple[Variant, Variant], both_have_one: threading.Barrier) -> None:
    main = Location.objects.get()
    for turn, variant in enumerate(variants):
        if turn:
            both_have_one.wait(10)
        StockMovement.objects.create(variant=variant, location=main, kind="receive", on_hand=1, **CAUSE)


@pytest.fixture
def switch_off_triggers() -> Iterator[Callable[[], None]]:
    """The protection off: levels are written by hand, beside the ledger rather than by it."""

    def switch(state: str) -> None:
        with connection.cursor() as cursor:
            for table in ("inventory_stocklevel", "inventory_stockmovement"):
                cursor.execute(f"ALTER TABLE {table} {state} TRIGGER USER")

    yield lambda: switch("DISABLE")
    switch("ENABLE")
