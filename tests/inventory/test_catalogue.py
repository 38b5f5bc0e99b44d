"""Products, variants, prices and locations, by their actions."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.versions import document_as_of
from inventory.actions import (
    NewVariant,
    add_variant,
    create_location,
    create_product,
    ensure_catalogue,
    update_location,
    update_product,
    update_variant,
)
from inventory.errors import LocationCodeTaken, SkuTaken
from inventory.models import Location, Price, Product, Variant
from inventory.queries import sellable
from inventory.statuses import LONGEST_RESTOCK
from tests.factories.core import timeline
from tests.factories.inventory import ACTOR, a_location, a_variant
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db


def prices(variant: Variant) -> dict[str, int]:
    return dict(variant.prices.values_list("currency", "amount"))


def catalogue() -> dict[str, object]:
    """All that a refused write must leave alone."""
    return {
        "products": list(Product.objects.order_by("pk").values()),
        "variants": list(Variant.objects.order_by("pk").values()),
        "prices": list(Price.objects.order_by("pk").values()),
        "locations": list(Location.objects.order_by("pk").values()),
        "events": Event.objects.count(),
    }


def test_a_product_is_made_with_its_variants_and_prices() -> None:
    product = create_product(
        name="Mug",
        description="Holds tea",
        variants=[NewVariant("MUG-S", "Small mug", {"EUR": 500, "GBP": 450}), NewVariant("MUG-L", "Large mug")],
        actor=ACTOR,
    )

    assert {each.sku: prices(each) for each in product.variants.all()} == {
        "MUG-S": {"EUR": 500, "GBP": 450},
        "MUG-L": {},
    }
    assert timeline(product.pk) == ["product.created"]
    assert all(timeline(each.pk) == ["variant.created"] and each.version == 1 for each in product.variants.all())


def test_a_taken_sku_is_refused_with_the_variant_that_has_it() -> None:
    mug = a_variant("MUG")
    before = catalogue()

    with pytest.raises(SkuTaken) as caught:
        create_product(name="Other", variants=[NewVariant("CUP", "Cup"), NewVariant("MUG", "Mug")], actor=ACTOR)

    assert caught.value.context["taken"] == {"MUG": str(mug.pk)}
    assert catalogue() == before


def test_a_sku_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        create_product(name="Mug", variants=[NewVariant("MUG", "Mug"), NewVariant("MUG", "Cup")], actor=ACTOR)

    assert [problem.pointer for problem in caught.value.errors] == ["/variants/1/sku"]
    assert not Product.objects.exists()


def test_updating_a_product_records_what_changed() -> None:
    product = create_product(name="Mug", actor=ACTOR)

    update_product(product.pk, {"name": "Cup", "active": True}, actor=ACTOR, expected_version=1)

    assert Product.objects.get().name == "Cup"
    assert Event.objects.get(type="product.updated").data == {"changed": ["name"]}


def test_an_update_that_changes_nothing_is_no_event() -> None:
    product = create_product(name="Mug", actor=ACTOR)
    before = catalogue()

    update_product(product.pk, {"name": "Mug"}, actor=ACTOR)

    assert catalogue() == before


def test_prices_are_replaced_as_a_whole() -> None:
    mug = a_variant("MUG", {"EUR": 500, "GBP": 450})

    update_variant(mug.pk, {"prices": {"EUR": 600, "JPY": 700}}, actor=ACTOR)

    assert prices(mug) == {"EUR": 600, "JPY": 700}
    assert Event.objects.get(type="variant.updated").data == {"sku": "MUG", "changed": ["prices"]}
    assert sellable(["MUG"], "EUR").variants["MUG"].price == 600


def test_the_same_prices_again_change_nothing() -> None:
    mug = a_variant("MUG", {"EUR": 500})
    before = catalogue()

    update_variant(mug.pk, {"prices": {"EUR": 500}}, actor=ACTOR)

    assert catalogue() == before


@pytest.mark.parametrize("currency", ["BGN", "HRK", "XXX", "eur"])
def test_nothing_new_is_priced_in_a_currency_that_is_none_of_today(currency: str) -> None:
    mug = a_variant("MUG", {"EUR": 500})
    new = NewVariant("CUP", "Cup", {currency: 1})
    for act, pointer in (
        (lambda: create_product(name="Cup", variants=[new], actor=ACTOR), "/variants/0/prices"),
        (lambda: add_variant(mug.product_id, new, actor=ACTOR), "/prices"),
        (lambda: update_variant(mug.pk, {"prices": {"EUR": 500, currency: 1}}, actor=ACTOR), "/prices"),
        (lambda: ensure_catalogue([new], actor=ACTOR), "/prices"),
    ):
        with refused(InvalidInput) as caught:
            act()
        assert [(each.pointer, each.code) for each in caught.value.errors] == [(pointer, "unknown_currency")]


def test_a_price_in_a_currency_that_was_withdrawn_since_may_stay() -> None:
    mug = a_variant("MUG", {"EUR": 500})
    Price.objects.create(variant=mug, currency="BGN", amount=980)
    update_variant(mug.pk, {"prices": {"EUR": 600, "BGN": 980}}, actor=ACTOR)
    assert prices(mug) == {"EUR": 600, "BGN": 980}


def test_an_inactive_variant_is_not_on_sale() -> None:
    mug = a_variant("MUG", {"EUR": 500})

    update_variant(mug.pk, {"active": False}, actor=ACTOR)

    assert sellable(["MUG"], "EUR").variants == {}


def test_a_variant_is_added_to_a_product() -> None:
    product = create_product(name="Mug", actor=ACTOR)

    variant = add_variant(product.pk, NewVariant("MUG", "A mug", {"EUR": 500}), actor=ACTOR)

    assert (variant.product_id, prices(variant)) == (product.pk, {"EUR": 500})
    with pytest.raises(NotFound):
        add_variant(new_id(), NewVariant("CUP", "A cup"), actor=ACTOR)


def test_only_a_preorder_has_a_date_from_which_it_is_available() -> None:
    soon = dt.date(2030, 5, 1)
    mug = a_variant()
    update_variant(mug.pk, {"stock_policy": "preorder", "available_from": soon}, actor=ACTOR)
    assert Event.objects.latest("id").data["changed"] == ["stock_policy", "available_from"]
    before = catalogue()

    for changes in ({"stock_policy": "refuse"}, {"stock_policy": "backorder", "available_from": soon}):
        with pytest.raises(InvalidInput) as caught:
            update_variant(mug.pk, changes, actor=ACTOR)  # type: ignore[arg-type]
        assert [each.pointer for each in caught.value.errors] == ["/available_from"]
    with pytest.raises(InvalidInput):
        add_variant(mug.product_id, NewVariant("CUP", "Cup", available_from=soon), actor=ACTOR)
    with pytest.raises(InvalidInput) as caught:
        create_product(name="Cups", variants=[NewVariant("CUP", "Cup", available_from=soon)], actor=ACTOR)

    assert [each.pointer for each in caught.value.errors] == ["/variants/0/available_from"]
    assert catalogue() == before
    update_variant(mug.pk, {"stock_policy": "refuse", "available_from": None}, actor=ACTOR)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"stock_policy": "whatever"}, "variant_stock_policy_known"),
        ({"available_from": dt.date(2030, 5, 1)}, "variant_available_from_is_of_a_preorder"),
        ({"restock_days": LONGEST_RESTOCK + 1}, "variant_restock_days_in_range"),
        ({"restock_days": -1}, "inventory_variant_restock_days_check"),
    ],
)
def test_policies_that_cannot_be_are_refused_by_the_database(changes: dict[str, object], constraint: str) -> None:
    mug = a_variant()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Variant.objects.filter(pk=mug.pk).update(**changes)


def test_a_location_code_is_given_once() -> None:
    main = a_location("MAIN")
    before = catalogue()

    with pytest.raises(LocationCodeTaken) as caught:
        create_location(code="MAIN", name="Another", actor=ACTOR)

    assert caught.value.context["location_id"] == str(main.pk)
    assert catalogue() == before


def test_an_outdated_caller_changes_nothing() -> None:
    product = create_product(name="Mug", variants=[NewVariant("MUG", "Mug")], actor=ACTOR)
    mug, main = Variant.objects.get(), a_location()
    before = catalogue()

    with pytest.raises(StaleVersion):
        update_product(product.pk, {"name": "Cup"}, actor=ACTOR, expected_version=7)
    with pytest.raises(StaleVersion):
        update_variant(mug.pk, {"name": "Cup"}, actor=ACTOR, expected_version=7)
    with pytest.raises(StaleVersion):
        update_location(main.pk, {"name": "Cup"}, actor=ACTOR, expected_version=7)

    assert catalogue() == before


def test_ensuring_a_catalogue_makes_what_is_missing_and_leaves_the_rest() -> None:
    mug = a_variant("MUG", {"GBP": 100})

    ids = ensure_catalogue([NewVariant("MUG", "Another name", {"GBP": 5}), NewVariant("CUP", "Cup")], actor=ACTOR)

    assert ids == {"MUG": mug.pk, "CUP": Variant.objects.get(sku="CUP").pk}
    assert prices(mug) == {"GBP": 100}
    before = catalogue()
    assert ensure_catalogue([NewVariant("MUG", ""), NewVariant("CUP", "")], actor=ACTOR) == ids
    assert catalogue() == before


def test_a_variant_keeps_its_tax_class_and_weight_in_its_versions(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    new = [NewVariant(f"BOOK-{n}", "Book", tax_class_code="reduced", weight_grams=400) for n in range(20)]
    few = [NewVariant("FEW", "Book", tax_class_code="reduced")]
    with CaptureQueriesContext(connection) as captured:
        create_product(name="Few", variants=few, actor=ACTOR)
    with django_assert_num_queries(len(captured)):
        create_product(name="Books", variants=new, actor=ACTOR)
    book = Variant.objects.get(sku="BOOK-7")
    update_variant(book.pk, {"tax_class_code": "ZERO", "weight_grams": 500}, actor=ACTOR)
    documents = [document_as_of("variant", book.pk, version) for version in (1, 2)]
    told = [(each.document["tax_class_code"], each.document["weight_grams"]) for each in documents if each]
    assert told == [("reduced", 400), ("zero", 500)]
    with refused(InvalidInput):
        update_variant(book.pk, {"tax_class_code": "none"}, actor=ACTOR)
    before = catalogue()
    update_variant(book.pk, {"tax_class_code": "zero", "weight_grams": 500}, actor=ACTOR)
    assert catalogue() == before


def test_ensuring_a_catalogue_costs_as_much_for_a_hundred_as_for_two(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for name, count in (("FEW", 2), ("MANY", 100)):
        items = [NewVariant(f"{name}-{n}", "Thing", {"EUR": 1}) for n in range(count)]
        with django_assert_num_queries(9):
            ensure_catalogue(items, actor=ACTOR)
