"""Price lists and their prices, by the real actions, and what the database refuses whoever writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Client, Event
from core.rulesets import mark_of
from core.versions import document_as_of
from inventory.models import Variant
from pricing.lists.actions import (
    NewPrice,
    PriceKey,
    create_price_list,
    remove_price,
    remove_prices,
    set_prices,
    update_price_list,
)
from pricing.lists.choosing import Entry, ListRule
from pricing.lists.errors import PriceListExists
from pricing.lists.models import PriceList, PriceListEntry, PriceListGroup
from pricing.lists.queries import list_rules, prices_in
from tests.factories.core import a_client, timeline
from tests.factories.customers import a_group
from tests.factories.inventory import a_variant
from tests.factories.pricing import ACTOR, a_price_list
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db

JUNE, JULY = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (6, 7))


@pytest.fixture
def north() -> Client:
    return a_client("North")


@pytest.fixture
def mug() -> Variant:
    return a_variant("MUG")


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def prices_of(price_list: PriceList) -> list[tuple[str, int, int, int | None]]:
    rows = price_list.entries.order_by("variant__sku", "from_quantity")
    return list(rows.values_list("variant__sku", "from_quantity", "amount", "compare_at"))


# Lists


def test_a_price_list_is_made_and_told_of(north: Client) -> None:
    trade = a_group(north).pk
    made = create_price_list(
        client_id=north.pk, code=" SUMMER ", name="Summer sale", currency="EUR", prices_include_tax=True, priority=5,
        starts_at=JUNE, ends_at=JULY, group_ids=[trade], actor=ACTOR,
    )  # fmt: skip

    stored = PriceList.objects.get()
    assert (stored.code, stored.currency, stored.priority, stored.active, stored.version) == (
        "SUMMER", "EUR", 5, True, 1,
    )  # fmt: skip
    assert stored.group_ids == made.group_ids == [trade]
    event = Event.objects.get(subject_id=made.pk)
    assert (event.type, event.client_id, event.data) == (
        "price_list.created",
        north.pk,
        {"client": str(north.pk), "code": "SUMMER", "currency": "EUR"},
    )
    document = document_as_of("price_list", made.pk, 1)
    assert document is not None
    assert document.document == {
        "code": "SUMMER", "name": "Summer sale", "currency": "EUR", "prices_include_tax": True, "priority": 5,
        "starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-07-01T00:00:00Z", "active": True,
        "group_ids": [str(trade)],
    }  # fmt: skip


def test_a_code_is_unique_per_storefront_in_any_letter_case(north: Client) -> None:
    first = a_price_list(north, "SUMMER")
    a_price_list(a_client("South"), "SUMMER")

    with refused(PriceListExists) as caught:
        a_price_list(north, "summer")

    assert caught.value.context == {"price_list_id": str(first.pk)}


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"currency": "XXX"}, "/currency", "unknown_currency"),
        ({"starts_at": JULY, "ends_at": JUNE}, "/ends_at", "not_after_start"),
        ({"starts_at": JUNE, "ends_at": JUNE}, "/ends_at", "not_after_start"),
        ({"group_ids": [new_id()]}, "/group_ids/0", "unknown_group"),
    ],
)
def test_a_wrong_price_list_is_refused(north: Client, wrong: dict[str, Any], pointer: str, code: str) -> None:
    with refused(InvalidInput) as caught:
        a_price_list(north, **wrong)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [(pointer, code)]


def test_a_price_list_is_changed_once(north: Client) -> None:
    trade, staff = a_group(north, "TRADE").pk, a_group(north, "STAFF").pk
    price_list = a_price_list(north, group_ids=[trade])

    changed = update_price_list(
        price_list.pk, {"priority": 7, "ends_at": JULY, "group_ids": [staff]}, actor=ACTOR, expected_version=1
    )

    assert (changed.priority, changed.ends_at, changed.group_ids, changed.version) == (7, JULY, [staff], 2)
    assert Event.objects.get(type="price_list.updated").data == {"changed": ["priority", "ends_at", "group_ids"]}
    document = document_as_of("price_list", price_list.pk, 2)
    assert document is not None
    assert document.document["group_ids"] == [str(staff)]
    with nothing_changes():
        update_price_list(price_list.pk, {"priority": 7, "group_ids": [staff]}, actor=ACTOR)


def test_a_change_that_does_not_fit_is_refused(north: Client) -> None:
    price_list, foreign = a_price_list(north, starts_at=JUNE), a_group(a_client("South")).pk
    for wrong in ({"ends_at": JUNE}, {"group_ids": [foreign]}):
        with refused(InvalidInput):
            update_price_list(price_list.pk, {"priority": 9, **wrong}, actor=ACTOR)  # type: ignore[typeddict-item]


def test_outdated_and_foreign_callers_change_nothing(north: Client, mug: Variant) -> None:
    price_list, south = a_price_list(north, "A", NewPrice("MUG", 500)), a_client("South")
    entry = price_list.entries.get()
    for error, wrong in ((StaleVersion, {"expected_version": 9}), (NotFound, {"client_id": south.pk})):
        with refused(error):
            update_price_list(price_list.pk, {"name": "X"}, actor=ACTOR, **wrong)
        with refused(error):
            set_prices(price_list.pk, [NewPrice("MUG", 1)], actor=ACTOR, **wrong)
        with refused(error):
            remove_prices(price_list.pk, [PriceKey("MUG")], actor=ACTOR, **wrong)
        with refused(error):
            remove_price(price_list.pk, entry.pk, actor=ACTOR, **wrong)
    with refused(NotFound):
        update_price_list(new_id(), {"name": "X"}, actor=ACTOR)


# Prices


def test_many_prices_are_set_at_once_in_as_many_statements_as_one(
    north: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    price_list = a_price_list(north)
    skus = [a_variant(f"SKU-{number}").sku for number in range(5)]
    with django_assert_num_queries(7):  # the lock, the SKUs, the prices, the version and the event, in a savepoint
        set_prices(price_list.pk, [NewPrice(skus[0], 1)], actor=ACTOR)
    many = [NewPrice(sku, 100, quantity) for sku in skus for quantity in (1, 10, 100)]
    with django_assert_num_queries(7):
        change = set_prices(price_list.pk, many, actor=ACTOR)

    assert (change.changed, change.unchanged, change.price_list.version) == (15, 0, 3)
    assert timeline(price_list.pk) == ["price_list.created", "price_list.prices_set", "price_list.prices_set"]
    assert Event.objects.get(version=3, subject_id=price_list.pk).data == {"prices": 15}


def test_only_what_differs_is_set_and_other_prices_stay(north: Client, mug: Variant) -> None:
    a_variant("CUP")
    price_list = a_price_list(north, "A", NewPrice("MUG", 500, 1, 600), NewPrice("MUG", 450, 10), NewPrice("CUP", 300))

    change = set_prices(
        price_list.pk, [NewPrice("mug", 500, 1, 600), NewPrice("MUG", 440, 10), NewPrice("MUG", 400, 100)], actor=ACTOR
    )

    assert (change.changed, change.unchanged) == (2, 1)
    assert prices_of(price_list) == [
        ("CUP", 1, 300, None), ("MUG", 1, 500, 600), ("MUG", 10, 440, None), ("MUG", 100, 400, None),
    ]  # fmt: skip


def test_prices_that_are_set_already_are_no_event(north: Client, mug: Variant) -> None:
    prices = [NewPrice("MUG", 500, 1, 600), NewPrice("MUG", 450, 10)]
    price_list = a_price_list(north, "A", *prices)
    with nothing_changes():
        change = set_prices(price_list.pk, prices, actor=ACTOR)
    assert (change.changed, change.unchanged, change.price_list.version) == (0, 2, 2)


def test_a_former_price_can_be_taken_away_again(north: Client, mug: Variant) -> None:
    price_list = a_price_list(north, "A", NewPrice("MUG", 500, 1, 600))
    assert set_prices(price_list.pk, [NewPrice("MUG", 500)], actor=ACTOR).changed == 1
    assert prices_of(price_list) == [("MUG", 1, 500, None)]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([NewPrice("MUG", 1), NewPrice("CUP", 1)], ("/prices/1/sku", "unknown_sku")),
        ([NewPrice("MUG", 1), NewPrice("mug", 2)], ("/prices/1/sku", "repeated")),
        ([NewPrice("MUG", -1)], ("/prices/0/amount", "out_of_range")),
        ([NewPrice("MUG", 10**15 + 1)], ("/prices/0/amount", "out_of_range")),
        ([NewPrice("MUG", 1, 0)], ("/prices/0/from_quantity", "out_of_range")),
        ([NewPrice("MUG", 1, 1_000_001)], ("/prices/0/from_quantity", "out_of_range")),
        ([NewPrice("MUG", 5, 1, 5)], ("/prices/0/compare_at", "out_of_range")),
    ],
)
def test_wrong_prices_are_refused_whole(
    north: Client, mug: Variant, prices: list[NewPrice], expected: tuple[str, str]
) -> None:
    price_list = a_price_list(north)
    with refused(InvalidInput) as caught:
        set_prices(price_list.pk, prices, actor=ACTOR)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [expected]


def test_prices_are_removed_one_by_one_or_all_of_a_variant(north: Client, mug: Variant) -> None:
    a_variant("CUP")
    price_list = a_price_list(
        north, "A", *(NewPrice(sku, 500, quantity) for sku in ("MUG", "CUP") for quantity in (1, 10, 100))
    )

    change = remove_prices(price_list.pk, [PriceKey("mug"), PriceKey("MUG", 10), PriceKey("CUP", 10)], actor=ACTOR)

    assert (change.changed, change.price_list.version) == (4, 3)
    assert prices_of(price_list) == [("CUP", 1, 500, None), ("CUP", 100, 500, None)]
    assert Event.objects.get(type="price_list.prices_removed").data == {"prices": 4}
    with nothing_changes():
        assert remove_prices(price_list.pk, [PriceKey("MUG"), PriceKey("CUP", 7)], actor=ACTOR).changed == 0
    with refused(InvalidInput):
        remove_prices(price_list.pk, [PriceKey("TEA")], actor=ACTOR)


def test_one_price_is_removed_and_is_not_found_again(north: Client, mug: Variant) -> None:
    price_list, other = a_price_list(north, "A", NewPrice("MUG", 500)), a_price_list(north, "B", NewPrice("MUG", 400))
    entry = price_list.entries.get()
    with refused(NotFound):
        remove_price(other.pk, entry.pk, actor=ACTOR)
    assert remove_price(price_list.pk, entry.pk, actor=ACTOR, expected_version=2).version == 3
    assert prices_of(price_list) == []
    with refused(NotFound):
        remove_price(price_list.pk, entry.pk, actor=ACTOR)


# What the database holds


def test_the_database_keeps_a_list_where_and_what_it_is(north: Client) -> None:
    price_list, south = a_price_list(north), a_client("South")
    for column, value in (("code", "OTHER"), ("client_id", south.pk), ("currency", "GBP")):
        with refused_by_the_database("Cannot update rows"):
            execute(f"UPDATE pricing_pricelist SET {column} = %s", value)
    with refused_by_the_database("Cannot delete rows"):
        price_list.delete()
    with refused_by_the_database("price_list_code_once_per_storefront"):
        PriceList.objects.create(client=north, code="summer", name="X", currency="EUR", prices_include_tax=False)
    with refused_by_the_database("price_list_currency_code"):
        PriceList.objects.create(client=north, code="X", name="X", currency="eur", prices_include_tax=False)
    with refused_by_the_database("price_list_ends_after_it_starts"):
        PriceList.objects.update(starts_at=JULY, ends_at=JUNE)


def test_the_database_refuses_a_group_of_another_storefront_and_the_same_group_twice(north: Client) -> None:
    trade, foreign = a_group(north), a_group(a_client("South"))
    price_list = a_price_list(north, group_ids=[trade.pk])
    with refused_by_the_database("are of two storefronts"):
        PriceListGroup.objects.create(price_list=price_list, group=foreign)
    with refused_by_the_database("are of two storefronts"):
        PriceListGroup.objects.update(group=foreign)
    with refused_by_the_database("price_list_group_once"):
        PriceListGroup.objects.create(price_list=price_list, group=trade)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("amount", -1, "price_list_entry_amount"),
        ("amount", 10**15 + 1, "price_list_entry_(amount|compares)"),
        ("compare_at", 500, "price_list_entry_compares_with_more"),
        ("compare_at", 10**15 + 1, "price_list_entry_compares_with_more"),
        ("from_quantity", 2, "Cannot update rows"),
        ("variant_id", new_id(), "Cannot update rows"),
    ],
)
def test_the_database_refuses_a_price_that_cannot_be(
    north: Client, mug: Variant, column: str, value: Any, constraint: str
) -> None:
    a_price_list(north, "A", NewPrice("MUG", 500))
    with refused_by_the_database(constraint):
        execute(f"UPDATE pricing_pricelistentry SET {column} = %s", value)


@pytest.mark.parametrize(
    ("from_quantity", "constraint"),
    [(1, "once_per_quantity"), (0, "price_list_entry_quantity"), (1_000_001, "price_list_entry_quantity")],
)
def test_the_database_refuses_a_second_price_for_the_same_units_and_units_that_cannot_be(
    north: Client, mug: Variant, from_quantity: int, constraint: str
) -> None:
    price_list = a_price_list(north, "A", NewPrice("MUG", 500))
    with refused_by_the_database(constraint):
        PriceListEntry.objects.create(price_list=price_list, variant=mug, from_quantity=from_quantity, amount=1)


# What an order reads


def test_rules_are_read_in_one_statement_those_of_inactive_lists_left_out(
    north: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    groups = [a_group(north, code).pk for code in ("TRADE", "STAFF")]
    summer = a_price_list(north, "SUMMER", priority=5, starts_at=JUNE, ends_at=JULY, group_ids=groups)
    basic = a_price_list(north, "BASIC", currency="GBP", prices_include_tax=True)
    a_price_list(north, "OFF", active=False)
    a_price_list(a_client("South"), "SOUTH")

    with django_assert_num_queries(1):
        rules = list_rules(north.pk)

    assert rules == [
        ListRule(basic.pk, "BASIC", "GBP", includes_tax=True),
        ListRule(summer.pk, "SUMMER", "EUR", False, frozenset(groups), 5, JUNE, JULY),
    ]


def test_prices_of_many_lists_and_variants_are_read_in_one_statement(
    north: Client, mug: Variant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cup, tea = a_variant("CUP"), a_variant("TEA")
    first = a_price_list(north, "A", NewPrice("MUG", 500, 1, 600), NewPrice("MUG", 450, 10), NewPrice("TEA", 1))
    second = a_price_list(north, "B", NewPrice("MUG", 480), NewPrice("CUP", 300))
    a_price_list(north, "C", NewPrice("MUG", 1))

    with django_assert_num_queries(1):
        found = prices_in([first.pk, second.pk], [mug.pk, cup.pk])

    assert {key: set(entries) for key, entries in found.items()} == {
        mug.pk: {Entry(first.pk, 1, 500, 600), Entry(first.pk, 10, 450), Entry(second.pk, 1, 480)},
        cup.pk: {Entry(second.pk, 1, 300)},
    }
    with django_assert_num_queries(0):
        assert prices_in([], [tea.pk]) == prices_in([first.pk], []) == {}


def test_rules_renew_the_mark_and_prices_do_not(north: Client, mug: Variant) -> None:
    trade = a_group(north)
    price_list = a_price_list(north)
    seen = [mark_of("prices")]

    def renewed() -> bool:
        seen.append(mark_of("prices"))
        return seen[-1] != seen[-2]

    set_prices(price_list.pk, [NewPrice("MUG", 500)], actor=ACTOR)
    assert not renewed()
    remove_prices(price_list.pk, [PriceKey("MUG")], actor=ACTOR)
    assert not renewed()
    update_price_list(price_list.pk, {"priority": 3}, actor=ACTOR)
    assert renewed()
    update_price_list(price_list.pk, {"group_ids": [trade.pk]}, actor=ACTOR)
    assert renewed()
    execute("UPDATE pricing_pricelist SET active = false")
    assert renewed()
    execute("DELETE FROM pricing_pricelistgroup")
    assert renewed()
    a_price_list(north, "OTHER")
    assert renewed()
