"""Receiving, adjusting, transferring and scrapping: the movements, the levels and the timelines they leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput
from core.ids import new_id
from core.models import Event
from core.transactions import action
from inventory.actions import StockItem, TransferItem, adjust, receive, receive_missing, scrap, transfer
from inventory.errors import NotEnoughStock
from inventory.models import Location, StockMovement, Variant
from inventory.queries import Sourcing, stock_discrepancies
from inventory.sourcing.supply import read_supply
from tests.factories.core import timeline
from tests.factories.inventory import ACTOR, a_location, a_variant, reserve_for, stock, stocked, wanted
from tests.factories.orders import an_empty_order
from tests.factories.watching import everything

pytestmark = pytest.mark.django_db


def test_receiving_adds_to_what_is_on_hand() -> None:
    main, mug = a_location(), a_variant()

    receive([StockItem(mug.pk, main.pk, 5)], actor=ACTOR)
    moves = receive([StockItem(mug.pk, main.pk, 7)], note="Delivery 12", actor=ACTOR)

    assert stock() == {("MUG", "MAIN"): (12, 0)}
    assert [(move.kind, move.on_hand, move.note, move.actor) for move in moves] == [
        ("receive", 7, "Delivery 12", ACTOR)
    ]
    assert timeline(mug.pk) == ["variant.created", "inventory.received", "inventory.received"]


def test_an_event_tells_what_the_level_has_had_since() -> None:
    main, mug = a_location(), a_variant()

    receive([StockItem(mug.pk, main.pk, 5), StockItem(mug.pk, main.pk, 2)], actor=ACTOR)

    told = [event.data for event in Event.objects.filter(type="inventory.received").order_by("version")]
    assert [(data["change"], data["on_hand"], data["reserved"]) for data in told] == [(5, 5, 0), (2, 7, 0)]
    assert (told[0]["sku"], told[0]["location_code"]) == ("MUG", "MAIN")
    assert Variant.objects.get(pk=mug.pk).version == 3


def receive_what_is_missing(units: dict[Variant, int], location: Location, *rules: str) -> list[int]:
    """The units that each movement received."""
    wanted = {variant.pk: count for variant, count in units.items()}
    sourcing = Sourcing(rules) if rules else None
    moves = action(receive_missing)(wanted, location.pk, sourcing=sourcing, note="For 7", actor=ACTOR)
    return [move.on_hand for move in moves]


@pytest.mark.parametrize(
    ("rules", "received"),
    [
        (["priority"], []),
        (["reserve_for_shop_floor"], [2]),
        (["never_split"], [3, 4]),
        (["never_split", "reserve_for_shop_floor"], [5, 6]),
    ],
)
def test_what_is_missing_for_a_storefront_with_rules_is_what_its_order_would_lack(
    rules: list[str], received: list[int]
) -> None:
    main, north = a_location(shop_floor_units=2), a_location("NORTH")
    mug, cup = stocked("MUG", north, 4), stocked("CUP", north, 3)
    receive([StockItem(cup.pk, main.pk, 1)], actor=ACTOR)

    assert sorted(receive_what_is_missing({mug: 4, cup: 4}, main, *rules)) == received

    supply = read_supply([mug.pk, cup.pk])
    assert supply.best({mug.pk: 4, cup.pk: 4}, Sourcing(tuple(rules))).plan.short == {}


def test_what_is_missing_is_what_no_active_location_has_free() -> None:
    main, north, attic = a_location(), a_location("NORTH"), a_location("ATTIC", active=False)
    mug, cup = stocked("MUG", north, 5), stocked("CUP", attic, 9)
    reserve_for(an_empty_order(), wanted(mug, 3))

    assert sorted(receive_what_is_missing({mug: 6, cup: 2}, main)) == [2, 4]
    assert stock()["MUG", "MAIN"] == (4, 0)
    assert stock()["CUP", "MAIN"] == (2, 0)
    assert stock_discrepancies() == []

    before = everything()
    assert receive_what_is_missing({mug: 6, cup: 2}, main) == []
    assert everything() == before


def test_receiving_what_is_missing_takes_as_many_statements_for_fifty_variants_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    main = a_location()
    variants = [a_variant(f"MUG-{n}") for n in range(50)]

    for count in (1, 50):
        with django_assert_num_queries(10):
            receive_what_is_missing(dict.fromkeys(variants[:count], count), main)


def test_receiving_takes_as_many_statements_for_fifty_items_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    main = a_location()
    variants = [a_variant(f"MUG-{n}") for n in range(50)]

    for count in (1, 50):
        items = [StockItem(variant.pk, main.pk, 1) for variant in variants[:count]]
        with django_assert_num_queries(8):
            receive(items, actor=ACTOR)


def test_adjusting_to_a_count_moves_the_difference() -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)

    (less,) = adjust(mug.pk, main.pk, to=7, note="Counted", actor=ACTOR)
    (more,) = adjust(mug.pk, main.pk, change=2, note="Found", actor=ACTOR)

    assert (less.on_hand, more.on_hand) == (-3, 2)
    assert stock() == {("MUG", "MAIN"): (9, 0)}


def test_adjusting_to_what_is_there_leaves_no_movement_and_no_event() -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)
    before = everything()

    assert adjust(mug.pk, main.pk, to=10, note="Counted", actor=ACTOR) == []

    assert everything() == before


@pytest.mark.parametrize("how", [{}, {"to": 1, "change": 1}])
def test_an_adjustment_is_either_to_a_count_or_by_a_change(how: dict[str, int]) -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)
    before = everything()

    with pytest.raises(InvalidInput):
        adjust(mug.pk, main.pk, **how, note="Counted", actor=ACTOR)

    assert everything() == before


def test_transferring_keeps_the_sum() -> None:
    main, east = a_location(), a_location("EAST")
    mug = stocked("MUG", main, 10)

    moves = transfer([TransferItem(mug.pk, main.pk, east.pk, 4)], note="Refill", actor=ACTOR)

    assert [(move.location.code, move.on_hand) for move in moves] == [("MAIN", -4), ("EAST", 4)]
    assert stock() == {("MUG", "MAIN"): (6, 0), ("MUG", "EAST"): (4, 0)}
    event = Event.objects.get(type="inventory.transferred")
    assert event.data == {
        "sku": "MUG", "from_location_code": "MAIN", "to_location_code": "EAST", "quantity": 4,
        "movements": [str(move.pk) for move in moves],
    }  # fmt: skip


def test_a_transfer_to_the_same_place_is_refused() -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)
    before = everything()

    with pytest.raises(InvalidInput) as refused:
        transfer([TransferItem(mug.pk, main.pk, main.pk, 4)], actor=ACTOR)

    assert refused.value.errors[0].pointer == "/items/0/to_location_id"
    assert everything() == before


def test_scrapping_takes_units_away() -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)

    scrap([StockItem(mug.pk, main.pk, 3)], note="Broken", actor=ACTOR)

    assert stock() == {("MUG", "MAIN"): (7, 0)}
    assert timeline(mug.pk)[-1] == "inventory.scrapped"
    assert StockMovement.objects.latest("pk").on_hand == -3


TAKING_AWAY: dict[str, Callable[[Variant, Location, Location], object]] = {
    "scrap": lambda mug, main, _: scrap([StockItem(mug.pk, main.pk, 3)], actor=ACTOR),
    "transfer": lambda mug, main, east: transfer([TransferItem(mug.pk, main.pk, east.pk, 3)], actor=ACTOR),
    "adjust by": lambda mug, main, _: adjust(mug.pk, main.pk, change=-3, note="Lost", actor=ACTOR),
    "adjust to": lambda mug, main, _: adjust(mug.pk, main.pk, to=7, note="Counted", actor=ACTOR),
}


@pytest.mark.parametrize("how", TAKING_AWAY)
def test_reserved_units_cannot_be_taken_away(how: str) -> None:
    main, east = a_location(), a_location("EAST", active=False)
    mug = stocked("MUG", main, 10)
    reserve_for(an_empty_order(), wanted(mug, 8))
    before = everything()

    with pytest.raises(NotEnoughStock) as refused:
        TAKING_AWAY[how](mug, main, east)

    assert refused.value.context == {
        "sku": "MUG", "location_code": "MAIN", "requested": 3, "on_hand": 10, "reserved": 8, "available": 2
    }  # fmt: skip
    assert everything() == before


def test_items_of_one_request_are_counted_together() -> None:
    main = a_location()
    mug = stocked("MUG", main, 5)
    before = everything()

    with pytest.raises(NotEnoughStock):
        scrap([StockItem(mug.pk, main.pk, 3), StockItem(mug.pk, main.pk, 3)], actor=ACTOR)

    assert everything() == before


def test_unknown_variants_and_locations_are_refused() -> None:
    main = a_location()
    mug = stocked("MUG", main, 5)
    before = everything()

    for item in (StockItem(new_id(), main.pk, 1), StockItem(mug.pk, new_id(), 1)):
        with pytest.raises(InvalidInput):
            receive([item], actor=ACTOR)

    assert everything() == before


def test_every_change_adds_up() -> None:
    main, east = a_location(), a_location("EAST")
    mug = stocked("MUG", main, 10)
    transfer([TransferItem(mug.pk, main.pk, east.pk, 4)], actor=ACTOR)
    reserve_for(an_empty_order(), wanted(mug, 8))
    scrap([StockItem(mug.pk, main.pk, 1)], actor=ACTOR)

    assert stock_discrepancies() == []
