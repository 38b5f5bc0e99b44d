"""The self-check of stock: it names what is wrong, and repairs nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.models import F
from structlog.testing import capture_logs

from core.locks import session_lock
from inventory.models import Location, Reservation, StockLevel, StockMovement, Variant
from inventory.queries import Discrepancy, stock_discrepancies, untold_units
from inventory.statuses import MovementKind
from inventory.tasks import reconcile_stock
from tests.factories.core import CAUSE, cause
from tests.factories.inventory import a_location, reserve_for, ship_of, stock, stocked, wanted
from tests.factories.orders import an_empty_order

pytestmark = pytest.mark.django_db

SIGNS = {
    "receive": (1, 0), "return": (1, 0), "undelivered": (1, 0), "reserve": (0, 1), "release": (0, -1),
    "ship": (-1, -1), "adjust": (1, 0), "transfer": (1, 0), "scrap": (-1, 0),
}  # fmt: skip
"""One unit of each kind of movement: on hand, reserved."""


@contextmanager
def triggers_off(table: str) -> Iterator[None]:
    """What only a superuser can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture(autouse=True)
def shop() -> None:
    """MUG and PEN at MAIN, ten each; five mugs and then three shipped are of one order."""
    main = a_location()
    mug = stocked("MUG", main, 10)
    stocked("PEN", main, 10)
    order = an_empty_order()
    reserve_for(order, wanted(mug, 5))
    ship_of(order, reserve_for(order, wanted(mug, 3)))


def test_sound_stock_is_reported_as_such() -> None:
    with capture_logs() as logs:
        assert reconcile_stock() is True

    assert [line["event"] for line in logs] == ["reconcile_stock_ok"]
    assert stock_discrepancies() == []


def test_a_level_that_its_movements_contradict_is_named_and_left_alone() -> None:
    with triggers_off("inventory_stocklevel"):
        StockLevel.objects.filter(variant__sku="PEN").update(on_hand=11)
    before = stock()

    with capture_logs() as logs:
        assert reconcile_stock() is False

    assert stock() == before
    assert logs == [
        {
            "event": "reconcile_stock_broken",
            "log_level": "error",
            "rows": 1,
            "what": "level.on_hand",
            "sku": "PEN",
            "location": "MAIN",
            "line_id": None,
            "stored": 11,
            "expected": 10,
        }
    ]


def test_a_level_whose_reserved_units_are_off_is_named() -> None:
    with triggers_off("inventory_stocklevel"):
        StockLevel.objects.filter(variant__sku="MUG").update(reserved=4)

    assert stock_discrepancies() == [
        Discrepancy("level.reservations", "MUG", "MAIN", None, 4, 5),
        Discrepancy("level.reserved", "MUG", "MAIN", None, 4, 5),
    ]


def test_a_reservation_that_its_lines_movements_contradict_is_named() -> None:
    kept = Reservation.objects.get()
    with triggers_off("inventory_reservation"):
        Reservation.objects.update(quantity=2)

    assert stock_discrepancies() == [
        Discrepancy("level.reservations", "MUG", "MAIN", None, 5, 2),
        Discrepancy("reservation.quantity", "MUG", "MAIN", kept.line_id, 2, 5),
    ]
    assert Reservation.objects.get().quantity == 2


def test_a_reservation_that_is_gone_is_named() -> None:
    with triggers_off("inventory_reservation"):
        Reservation.objects.all().delete()

    assert [(each.what, each.stored, each.expected) for each in stock_discrepancies()] == [
        ("level.reservations", 5, 0),
        ("reservation.quantity", 0, 5),
    ]


def test_a_level_that_is_gone_is_named() -> None:
    with triggers_off("inventory_stocklevel"):
        StockLevel.objects.filter(variant__sku="PEN").delete()

    assert stock_discrepancies() == [Discrepancy("level.on_hand", "PEN", "MAIN", None, 0, 10)]


def test_a_forged_movement_is_named() -> None:
    with triggers_off("inventory_stockmovement"):
        StockMovement.objects.filter(variant__sku="PEN").update(on_hand=1000)

    level, movement = stock_discrepancies()
    assert (level.stored, level.expected, level.off) == (10, 1000, 990)
    assert str(level) == "PEN at MAIN: level.on_hand is 10, the ledger says 1000 (990 units off)"
    assert str(movement) == "PEN at MAIN: movements of version 2 is 1000, its event says 10 (990 units off)"


def test_a_planted_movement_is_named_even_though_the_level_follows_it() -> None:
    pen = Variant.objects.get(sku="PEN")
    StockMovement.objects.create(variant=pen, location=Location.objects.get(), kind="adjust", on_hand=3, **CAUSE)
    assert [str(each) for each in stock_discrepancies()] == [
        "PEN at MAIN: movements of version 1 is 3, its event says 0 (3 units off)"
    ]


def test_a_planted_pair_that_undoes_itself_is_named() -> None:
    pen = Variant.objects.get(sku="PEN")
    main = Location.objects.get()
    for units in (3, -3):
        StockMovement.objects.create(variant=pen, location=main, kind="adjust", on_hand=units, **cause())
    assert [(each.stored, each.expected) for each in stock_discrepancies()] == [(3, 0), (-3, 0)]


def test_a_movement_that_is_gone_is_named() -> None:
    with triggers_off("inventory_stockmovement"):
        StockMovement.objects.filter(variant__sku="PEN").delete()
    assert [each.what for each in stock_discrepancies()] == ["level.on_hand", "movements of version 2"]


@pytest.mark.parametrize("kind", MovementKind)
def test_a_planted_movement_of_an_order_is_named_whatever_its_kind(kind: MovementKind) -> None:
    """A reservation that is released in the same breath leaves every sum as it was."""
    of = StockMovement.objects.filter(kind="reserve").latest("id")
    assert of.order_id is not None
    assert untold_units([of.order_id]) == []
    with triggers_off("inventory_stockmovement"):
        forged = StockMovement(kind=kind, variant_id=of.variant_id, location_id=of.location_id, order_id=of.order_id)
        forged.line_id, forged.version, forged.on_hand, forged.reserved = of.line_id, 9, *SIGNS[kind]
        forged.save(force_insert=True)
    (wrong,) = untold_units([of.order_id])
    assert (wrong.kind, wrong.version, wrong.moved, wrong.told) == (kind, 9, 1, 0)


@pytest.mark.parametrize("kind", ["reserve", "ship"])
def test_an_altered_or_deleted_movement_of_an_order_is_named(kind: str) -> None:
    move = StockMovement.objects.filter(kind=kind).latest("id")
    assert move.order_id is not None
    with triggers_off("inventory_stockmovement"):
        StockMovement.objects.filter(pk=move.pk).update(version=F("version") + 10)
        assert [(each.moved, each.told) for each in untold_units([move.order_id])] == [(0, 3), (3, 0)]
        StockMovement.objects.filter(pk=move.pk).delete()
    assert [(each.moved, each.told) for each in untold_units([move.order_id])] == [(0, 3)]


def test_only_as_many_rows_are_named_as_are_asked_for() -> None:
    with triggers_off("inventory_stocklevel"):
        StockLevel.objects.update(on_hand=99)

    assert len(stock_discrepancies(limit=1)) == 1


def test_while_one_run_is_under_way_another_does_nothing() -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        hold, done = threading.Event(), threading.Event()
        holder = elsewhere.submit(_hold_the_lock, hold, done)
        hold.wait(10)
        try:
            with capture_logs() as logs:
                assert reconcile_stock() is None
        finally:
            done.set()
            holder.result(10)

    assert logs == []


def _hold_the_lock(hold: threading.Event, done: threading.Event) -> None:
    with session_lock("inventory.reconcile_stock") as held:
        assert held
        hold.set()
        done.wait(10)
    connection.close()
