"""What the database itself refuses, whoever asks: the ORM, the shell, raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from core.ids import new_id
from inventory.errors import NotReserved
from inventory.models import Location, Price, Reservation, StockLevel, StockMovement, Variant
from inventory.queries import Allocation
from tests.factories.core import CAUSE
from tests.factories.inventory import ACTOR, a_location, release_of, reserve_for, ship_of, stocked, wanted
from tests.factories.orders import an_empty_order
from tests.factories.watching import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Variant:
    """Ten on hand at MAIN, six of them reserved."""
    variant = stocked("MUG", a_location(), 10)
    reserve_for(an_empty_order(), wanted(variant, 6))
    return variant


def sql(statement: str) -> Callable[[], object]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


WALKS_AROUND_THE_LEDGER: dict[str, Callable[[], object]] = {
    "update of a movement": lambda: StockMovement.objects.update(on_hand=99),
    "deletion of a movement": lambda: StockMovement.objects.all().delete(),
    "save of a movement": lambda: _save(StockMovement.objects.latest("pk"), note="Never mind"),
    "update of a movement in SQL": sql("UPDATE inventory_stockmovement SET note = 'Never mind'"),
    "deletion of a movement in SQL": sql("DELETE FROM inventory_stockmovement"),
    "update of a level": lambda: StockLevel.objects.update(on_hand=F("on_hand") + 1),
    "bulk update of a level": lambda: StockLevel.objects.bulk_update(_more(), ["on_hand"]),
    "save of a level": lambda: _save(StockLevel.objects.get(), reserved=0),
    "deletion of a level": lambda: StockLevel.objects.all().delete(),
    "update of a level in SQL": sql("UPDATE inventory_stocklevel SET reserved = 0"),
    "insertion of a level in SQL": sql(
        "INSERT INTO inventory_stocklevel (variant_id, location_id, on_hand, reserved) "
        "SELECT variant_id, location_id, 5, 0 FROM inventory_stocklevel"
    ),
    "update of a reservation": lambda: Reservation.objects.update(quantity=1),
    "deletion of a reservation": lambda: Reservation.objects.all().delete(),
    "deletion of a reservation in SQL": sql("DELETE FROM inventory_reservation"),
    "insertion of a reservation in SQL": sql(
        "INSERT INTO inventory_reservation (order_id, line_id, variant_id, location_id, quantity) "
        "SELECT order_id, gen_random_uuid(), variant_id, location_id, 1 FROM inventory_reservation"
    ),
}


@pytest.mark.usefixtures("mug")
@pytest.mark.parametrize("way", WALKS_AROUND_THE_LEDGER)
def test_stock_changes_only_by_inserting_a_movement(way: str) -> None:
    before = everything()

    refusals = "changes only by inserting a stock movement|Cannot update or delete rows"
    with pytest.raises(DatabaseError, match=refusals), transaction.atomic():
        WALKS_AROUND_THE_LEDGER[way]()

    assert everything() == before


def test_what_a_movement_changes_is_let_through_without_a_call_for_each_row(mug: Variant) -> None:
    """A call for each would make a bulk of movements quadratic."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL track_functions = 'all'")
        reserve_for(an_empty_order(), wanted(mug, 1))
        cursor.execute("SELECT funcname FROM pg_stat_xact_user_functions WHERE funcname LIKE '%\\_moves\\_by\\_%'")
        assert cursor.fetchall() == []
        cursor.execute("SELECT calls FROM pg_stat_xact_user_functions WHERE funcname LIKE '%movement\\_moves%'")
        assert cursor.fetchall() == [(1,)]


@pytest.mark.parametrize(
    "move",
    [
        {"kind": "scrap", "on_hand": -5},
        {"kind": "adjust", "on_hand": -11},
        {"kind": "reserve", "reserved": 5},
        {"kind": "release", "reserved": -7},
        {"kind": "ship", "on_hand": -7, "reserved": -7},
    ],
    ids=lambda move: move["kind"],
)
def test_stock_is_never_negative_nor_reserved_beyond_what_is_there(mug: Variant, move: dict[str, Any]) -> None:
    kept = Reservation.objects.get()
    before = everything()

    with pytest.raises(IntegrityError), transaction.atomic():
        _move(mug, order_id=kept.order_id, line_id=kept.line_id, **move)

    assert everything() == before


@pytest.mark.parametrize(
    "move",
    [
        {"kind": "receive", "on_hand": -1},
        {"kind": "receive", "on_hand": 0},
        {"kind": "receive", "on_hand": 1, "reserved": 1},
        {"kind": "reserve", "reserved": -1},
        {"kind": "release", "reserved": 1},
        {"kind": "ship", "on_hand": -1, "reserved": 0},
        {"kind": "ship", "on_hand": 1, "reserved": 1},
        {"kind": "return", "on_hand": -1},
        {"kind": "scrap", "on_hand": 1},
        {"kind": "adjust", "on_hand": 0},
        {"kind": "gift", "on_hand": 1},
    ],
)
def test_the_signs_of_a_movement_fit_its_kind(mug: Variant, move: dict[str, Any]) -> None:
    before = everything()

    with pytest.raises(IntegrityError, match="movement_signs_fit_its_kind"), transaction.atomic():
        _move(mug, order_id=new_id(), line_id=new_id(), **move)

    assert everything() == before


def test_a_movement_of_reserved_units_names_its_line(mug: Variant) -> None:
    with pytest.raises(IntegrityError, match="movement_of_reserved_units_names_its_line"), transaction.atomic():
        _move(mug, kind="reserve", reserved=1)


def test_nothing_is_taken_from_a_reservation_that_does_not_exist(mug: Variant) -> None:
    before = everything()

    with pytest.raises(IntegrityError, match="a reservation that does not exist"), transaction.atomic():
        _move(mug, kind="release", reserved=-1, order_id=new_id(), line_id=new_id())

    assert everything() == before


def test_nothing_is_taken_from_a_level_that_does_not_exist(mug: Variant) -> None:
    east = a_location("EAST")

    with pytest.raises(IntegrityError, match="no stock level"), transaction.atomic():
        StockMovement.objects.create(variant=mug, location=east, kind="scrap", on_hand=-1, **CAUSE)


def test_a_line_cannot_ship_what_another_has_reserved(mug: Variant) -> None:
    other = an_empty_order()
    (kept,) = reserve_for(other, wanted(mug, 2))
    before = everything()

    with pytest.raises(NotReserved) as refused:
        ship_of(other, [Allocation(kept.line_id, kept.variant_id, kept.location_id, 3)])
    with pytest.raises(IntegrityError, match="reservation_not_negative"), transaction.atomic():
        StockMovement.objects.create(
            variant=mug, location_id=kept.location_id, kind="ship", on_hand=-3, reserved=-3, order_id=other.pk,
            line_id=kept.line_id, version=1, **ACTOR.columns(),
        )  # fmt: skip

    assert refused.value.context == {"lines": [str(kept.line_id)]}
    assert everything() == before


def test_no_reservation_is_left_at_zero(mug: Variant) -> None:
    order = an_empty_order()
    reserve_for(order, wanted(mug, 2))

    release_of(order)

    assert not Reservation.objects.filter(order_id=order.pk).exists()


def test_one_statement_may_move_one_level_many_times() -> None:
    main = a_location()
    mug = stocked("MUG", main, 1)

    StockMovement.objects.bulk_create(
        [
            StockMovement(variant=mug, location=main, kind="scrap", on_hand=-1, **CAUSE),
            StockMovement(variant=mug, location=main, kind="receive", on_hand=4, **CAUSE),
            StockMovement(variant=mug, location=main, kind="scrap", on_hand=-2, **CAUSE),
        ]
    )

    assert StockLevel.objects.get().on_hand == 2


@pytest.mark.parametrize(("amount", "currency"), [(-1, "EUR"), (1, "eur"), (1, "EU")])
def test_a_price_is_never_negative_and_names_a_currency(mug: Variant, amount: int, currency: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(variant=mug, currency=currency, amount=amount)


def _move(variant: Variant, *, kind: str, on_hand: int = 0, reserved: int = 0, **of: object) -> StockMovement:
    main = Location.objects.get(code="MAIN")
    return StockMovement.objects.create(
        variant=variant, location=main, kind=kind, on_hand=on_hand, reserved=reserved, **CAUSE, **of
    )


def _save(row: StockMovement | StockLevel, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def _more() -> list[StockLevel]:
    levels = list(StockLevel.objects.all())
    for level in levels:
        level.on_hand += 1
    return levels
