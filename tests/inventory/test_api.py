"""The routes of the catalogue and of stock."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.conf import settings
from pytest_django import DjangoAssertNumQueries, Settings

from core.ids import new_id
from core.models import Event
from inventory.actions import update_location
from inventory.models import Location, Product, Variant
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.inventory import ACTOR, a_location, a_variant, reserve_for, stock, stocked, wanted
from tests.factories.orders import an_empty_order
from tests.factories.watching import everything, nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("products:read", "products:write", "stock:read", "stock:write")
API = "/api/v1"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = {"read": None, "write": None}


@pytest.fixture
def caller() -> Caller:
    return Caller(a_client("Hall 1", "warehouse"), SCOPES)


def skus(document: Any) -> list[str]:
    return [each["sku"] for each in document["results"]]


# Products


def test_a_product_is_created_and_shown_with_its_variants(caller: Caller) -> None:
    body = {
        "name": "Mug",
        "description": "Holds tea",
        "variants": [{"sku": "MUG", "name": "A mug", "prices": [{"currency": "EUR", "amount": 500}]}],
    }

    response = caller.post(f"{API}/products/", body)

    made = read(response, 201)
    assert response.headers["ETag"] == '"v1"'
    assert response.headers["Location"] == f"{API}/products/{made['id']}/"
    assert (made["name"], made["description"], made["active"], made["version"]) == ("Mug", "Holds tea", True, 1)
    (variant,) = made["variants"]
    assert variant == {
        "id": str(Variant.objects.get().pk),
        "sku": "MUG",
        "name": "A mug",
        "active": True,
        "stock_policy": "refuse",
        "available_from": None,
        "restock_days": None,
        "tax_class_code": None,
        "weight_grams": 0,
        "prices": [{"currency": "EUR", "amount": 500}],
    }
    assert read(caller.get(f"{API}/products/{made['id']}/")) == made


def test_a_repeated_creation_is_one_product(caller: Caller) -> None:
    first = caller.post(f"{API}/products/", {"name": "Mug"}, idempotency_key="k")
    again = caller.post(f"{API}/products/", {"name": "Mug"}, idempotency_key="k")

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("/name", "required")}),
        ({"name": "Mug", "colour": "red"}, {("/colour", "unknown_field")}),
        ({"name": "Mug", "variants": [{"sku": "A"}]}, {("/variants/0/name", "required")}),
        (
            {"name": "Mug", "variants": [{"sku": "A", "name": "A", "prices": [{"currency": "EUR", "amount": -1}]}]},
            {("/variants/0/prices/0/amount", "min_value")},
        ),
        (
            {"name": "Mug", "variants": [{"sku": "A", "name": "A", "prices": [{"currency": "EUR", "amount": 1}] * 2}]},
            {("/variants/0/prices", "repeated")},
        ),
        (
            {"name": "Mug", "variants": [{"sku": "A", "name": "A"}, {"sku": "A", "name": "B"}]},
            {("/variants/1/sku", "repeated")},
        ),
    ],
)
def test_a_wrong_product_is_refused_by_field(caller: Caller, body: Any, expected: set[tuple[str, str]]) -> None:
    response = caller.post(f"{API}/products/", body)

    assert response.status_code == 400
    assert pointers(read(response, 400)) == expected
    assert not Product.objects.exists()


def test_a_taken_sku_is_409_with_the_variants_id(caller: Caller) -> None:
    mug = a_variant("MUG")

    body = problem(
        caller.post(f"{API}/products/", {"name": "Mug", "variants": [{"sku": "MUG", "name": "Mug"}]}), 409, "sku_taken"
    )

    assert body["taken"] == {"MUG": str(mug.pk)}
    assert Product.objects.count() == 1


def test_a_product_is_patched_at_the_version_that_was_seen(caller: Caller) -> None:
    a_variant("MUG")
    address = f"{API}/products/{Product.objects.get().pk}/"

    problem(caller.patch(address, {"name": "Cup"}), 428, "if_match_missing")
    problem(caller.patch(address, {"name": "Cup"}, if_match='"v9"'), 412, "stale_version")
    response = caller.patch(address, {"active": False}, if_match='"v1"')

    assert (read(response)["active"], response.headers["ETag"]) == (False, '"v2"')


def test_products_are_found_by_part_of_their_name(caller: Caller) -> None:
    a_variant("MUG")
    a_variant("CUP")

    names = [each["name"] for each in read(caller.get(f"{API}/products/?search=t mu"))["results"]]

    assert names == ["Product MUG"]


# Variants


def test_a_variant_shows_its_availability_at_active_locations_and_in_all(caller: Caller) -> None:
    main, east = a_location("MAIN", priority=2), a_location("EAST", priority=1)
    attic = a_location("ATTIC", active=False)
    mug = stocked("MUG", main, 10)
    for place, count in ((east, 5), (attic, 100)):
        caller_receives(caller, "MUG", place, count)
    reserve_for(an_empty_order(), wanted(mug, 7))

    shown = read(caller.get(f"{API}/variants/{mug.pk}/"))

    assert shown["availability"] == {
        "on_hand": 15,
        "reserved": 7,
        "available": 8,
        "locations": [
            {"location_id": str(east.pk), "location_code": "EAST", "on_hand": 5, "reserved": 5, "available": 0},
            {"location_id": str(main.pk), "location_code": "MAIN", "on_hand": 10, "reserved": 2, "available": 8},
        ],
    }


def test_a_variant_without_stock_has_none(caller: Caller) -> None:
    mug = a_variant()

    shown = read(caller.get(f"{API}/variants/{mug.pk}/"))

    assert shown["availability"] == {"on_hand": 0, "reserved": 0, "available": 0, "locations": []}


def test_a_reservation_shows_at_once_although_the_version_stays(caller: Caller) -> None:
    mug = stocked("MUG", a_location(), 10)
    seen = caller.get(f"{API}/variants/{mug.pk}/")
    reserve_for(an_empty_order(), wanted(mug, 7))

    again = caller.get(f"{API}/variants/{mug.pk}/", if_none_match=seen.headers["ETag"])

    assert read(again)["availability"]["available"] == 3


def test_a_variant_is_added_and_changed(caller: Caller) -> None:
    product_id = read(caller.post(f"{API}/products/", {"name": "Mug"}), 201)["id"]
    body = {"product_id": product_id, "sku": "MUG", "name": "A mug", "prices": [{"currency": "EUR", "amount": 500}]}

    made = read(caller.post(f"{API}/variants/", body), 201)
    changed = caller.patch(
        f"{API}/variants/{made['id']}/", {"prices": [{"currency": "JPY", "amount": 7}]}, if_match='"v1"'
    )

    assert made["prices"] == [{"currency": "EUR", "amount": 500}]
    assert read(changed)["prices"] == [{"currency": "JPY", "amount": 7}]
    assert changed.headers["ETag"] == '"v2"'


def test_a_variant_is_made_a_preorder_and_an_ordinary_one_again(caller: Caller) -> None:
    product_id = read(caller.post(f"{API}/products/", {"name": "Mug"}), 201)["id"]
    new = {"product_id": product_id, "sku": "MUG", "name": "A mug", "stock_policy": "preorder"}

    made = read(caller.post(f"{API}/variants/", {**new, "available_from": "2030-05-01"}), 201)
    address = f"{API}/variants/{made['id']}/"
    wrong = problem(caller.patch(address, {"stock_policy": "refuse"}, if_match='"v1"'), 400, "invalid_input")
    unknown = problem(caller.patch(address, {"stock_policy": "maybe"}, if_match='"v1"'), 400, "invalid_input")
    changed = caller.patch(address, {"stock_policy": "refuse", "available_from": None}, if_match='"v1"')

    assert (made["stock_policy"], made["available_from"]) == ("preorder", "2030-05-01")
    assert pointers(wrong) == {("/available_from", "not_a_preorder")}
    assert pointers(unknown) == {("/stock_policy", "invalid_choice")}
    assert (read(changed)["stock_policy"], read(changed)["available_from"]) == ("refuse", None)


def test_how_long_restocking_takes_is_told_and_taken_back(caller: Caller) -> None:
    product_id = read(caller.post(f"{API}/products/", {"name": "Mug"}), 201)["id"]
    new = {"product_id": product_id, "sku": "MUG", "name": "A mug", "stock_policy": "backorder"}

    made = read(caller.post(f"{API}/variants/", {**new, "restock_days": 999}), 201)
    address = f"{API}/variants/{made['id']}/"
    wrong = [
        problem(caller.patch(address, {"restock_days": days}, if_match='"v1"'), 400, "invalid_input")
        for days in (1000, -1)
    ]
    changed = read(caller.patch(address, {"restock_days": None}, if_match='"v1"'))

    assert (made["restock_days"], changed["restock_days"]) == (999, None)
    assert [pointers(each) for each in wrong] == [
        {("/restock_days", "max_value")},
        {("/restock_days", "min_value")},
    ]


def test_a_variant_of_no_product_is_refused_by_field(caller: Caller) -> None:
    body = problem(
        caller.post(f"{API}/variants/", {"product_id": str(new_id()), "sku": "MUG", "name": "A mug"}),
        400,
        "invalid_input",
    )

    assert pointers(body) == {("/product_id", "unknown_product")}
    assert not Variant.objects.exists()


def test_variants_are_filtered(caller: Caller) -> None:
    mug, cup = a_variant("MUG"), a_variant("CUP")

    def listed(query: str) -> list[str]:
        return skus(read(caller.get(f"{API}/variants/?{query}")))

    assert listed("") == ["CUP", "MUG"]
    assert listed("ordering=created_at") == ["MUG", "CUP"]
    assert listed("sku=MUG") == ["MUG"]
    assert listed(f"product_id={cup.product_id}") == ["CUP"]
    assert listed("search=a m") == ["MUG"]
    assert listed("active=false") == []
    assert mug.product_id != cup.product_id


def test_variants_are_of_a_tax_class_and_weigh_something(caller: Caller) -> None:
    body = {
        "name": "Mug",
        "variants": [{"sku": "MUG", "name": "A mug", "tax_class_code": "REDUCED", "weight_grams": 350}],
    }
    product = read(caller.post(f"{API}/products/", body), 201)
    mug = product["variants"][0]
    assert (mug["tax_class_code"], mug["weight_grams"]) == ("reduced", 350)
    new = {"product_id": product["id"], "sku": "CUP", "name": "A cup", "tax_class_code": None, "weight_grams": 0}
    cup = read(caller.post(f"{API}/variants/", new), 201)
    assert (cup["tax_class_code"], cup["weight_grams"]) == (None, 0)
    changes = {"tax_class_code": "zero", "weight_grams": 1}
    changed = read(caller.patch(f"{API}/variants/{cup['id']}/", changes, if_match='"v1"'))
    assert (changed["tax_class_code"], changed["weight_grams"], changed["version"]) == ("zero", 1, 2)
    back = read(caller.patch(f"{API}/variants/{cup['id']}/", {"tax_class_code": None}, if_match='"v2"'))
    assert back["tax_class_code"] is None
    assert Event.objects.latest("id").data == {"sku": "CUP", "changed": ["tax_class_code"]}


def test_an_unknown_tax_class_is_told_where_it_stands(caller: Caller) -> None:
    mug = a_variant()
    new = {"sku": "CUP", "name": "Cup", "tax_class_code": "none"}
    of_mug = f"{API}/variants/{mug.pk}/"
    with nothing_changes():
        for response, pointer in [
            (caller.post(f"{API}/products/", {"name": "Cup", "variants": [new]}), "/variants/0/tax_class_code"),
            (caller.post(f"{API}/variants/", {"product_id": str(mug.product_id), **new}), "/tax_class_code"),
            (caller.patch(of_mug, {"tax_class_code": "none"}, if_match='"v1"'), "/tax_class_code"),
        ]:
            assert pointers(read(response, 400)) == {(pointer, "unknown_tax_class")}
        for weight in (-1, 10**9 + 1, 1.5, "1"):
            told = read(caller.patch(of_mug, {"weight_grams": weight}, if_match='"v1"'), 400)
            assert {pointer for pointer, _ in pointers(told)} == {"/weight_grams"}


# Locations


def test_a_location_is_created_found_and_changed(caller: Caller) -> None:
    made = read(caller.post(f"{API}/locations/", {"code": "MAIN", "name": "Main hall", "country": "GB"}), 201)

    assert (made["code"], made["country"], made["priority"], made["active"]) == ("MAIN", "GB", 100, True)
    address = f"{API}/locations/{made['id']}/"
    assert caller.get(address, if_none_match='"v1"').status_code == 304
    assert read(caller.patch(address, {"active": False}, if_match='"v1"'))["version"] == 2
    assert skus_of_locations(caller, "active=false") == ["MAIN"]
    assert skus_of_locations(caller, "code=EAST") == []
    problem(caller.patch(address, {"code": "EAST"}, if_match='"v2"'), 400, "invalid_input")


def test_a_taken_location_code_is_409(caller: Caller) -> None:
    main = a_location("MAIN")

    body = problem(caller.post(f"{API}/locations/", {"code": "MAIN", "name": "Main"}), 409, "location_code_taken")

    assert body["location_id"] == str(main.pk)
    assert Location.objects.count() == 1


@pytest.mark.parametrize("kind", ["products", "variants", "locations"])
def test_what_does_not_exist_is_404(caller: Caller, kind: str) -> None:
    address = f"{API}/{kind}/{new_id()}/"

    problem(caller.get(address), 404, "not_found")
    problem(caller.patch(address, {"name": "X"}, if_match='"v1"'), 404, "not_found")
    problem(caller.patch(address, {"nonsense": 1}), 404, "not_found")


# Stock


def test_a_receipt_is_booked_and_shown(caller: Caller) -> None:
    main = a_location()
    mug = a_variant()

    body = {"items": [{"sku": "MUG", "location_id": str(main.pk), "quantity": 5}], "note": "Delivery 12"}
    (move,) = read(caller.post(f"{API}/stock/receipts/", body))["movements"]

    assert (move["variant_id"], move["sku"]) == (str(mug.pk), "MUG")
    assert (move["location_id"], move["location_code"]) == (str(main.pk), "MAIN")
    assert (move["kind"], move["on_hand"], move["reserved"]) == ("receive", 5, 0)
    assert (move["note"], move["actor"]["kind"], move["actor"]["name"]) == ("Delivery 12", "client", "Hall 1")
    assert read(caller.get(f"{API}/stock/movements/"))["results"] == [move]
    assert stock() == {("MUG", "MAIN"): (5, 0)}


def test_a_repeated_receipt_is_booked_once(caller: Caller) -> None:
    main = a_location()
    a_variant()
    body = {"items": [{"sku": "MUG", "location_id": str(main.pk), "quantity": 5}]}

    first = caller.post(f"{API}/stock/receipts/", body, idempotency_key="k")
    again = caller.post(f"{API}/stock/receipts/", body, idempotency_key="k")

    assert first.content == again.content
    assert stock() == {("MUG", "MAIN"): (5, 0)}


def test_a_count_names_what_was_on_hand_and_is_refused_once_there_are_others(caller: Caller) -> None:
    main = a_location()
    stocked("MUG", main, 60)
    count = {"sku": "MUG", "location_id": str(main.pk), "to": 9, "note": "Counted"}
    with nothing_changes():
        refusal = read(caller.post(f"{API}/stock/adjustments/", {**count, "on_hand": 10}), 412)
    assert (refusal["code"], refusal["on_hand"]) == ("count_outdated", 60)
    assert caller.post(f"{API}/stock/adjustments/", {**count, "on_hand": 60}).status_code == 200
    assert stock() == {("MUG", "MAIN"): (9, 0)}


def test_the_document_of_the_api_tells_that_a_count_may_be_outdated() -> None:
    document = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text("utf-8"))
    assert "412" in document["paths"]["/api/v1/stock/adjustments/"]["post"]["responses"]
    assert "412" not in document["paths"]["/api/v1/stock/receipts/"]["post"]["responses"]


def test_transfers_adjustments_and_scraps_are_booked(caller: Caller) -> None:
    east, main = str(a_location("EAST").pk), a_location()
    stocked("MUG", main, 10)

    def book(route: str, body: Any) -> None:
        read(caller.post(f"{API}/stock/{route}/", {**body, "note": "Counted"}))

    moved = {"sku": "MUG", "from_location_id": str(main.pk), "to_location_id": east, "quantity": 4}
    book("transfers", {"items": [moved]})
    book("scraps", {"items": [{"sku": "MUG", "location_id": str(main.pk), "quantity": 1}]})
    book("adjustments", {"sku": "MUG", "location_id": east, "to": 9})
    book("adjustments", {"sku": "MUG", "location_id": str(main.pk), "change": -2})

    assert stock() == {("MUG", "MAIN"): (3, 0), ("MUG", "EAST"): (9, 0)}


def test_taking_reserved_units_is_409_with_the_figures(caller: Caller) -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)
    reserve_for(an_empty_order(), wanted(mug, 8))
    before = everything()

    items = [{"sku": "MUG", "location_id": str(main.pk), "quantity": 3}]
    body = problem(caller.post(f"{API}/stock/scraps/", {"items": items}), 409, "not_enough_stock")

    assert (body["sku"], body["location_code"]) == ("MUG", "MAIN")
    assert (body["on_hand"], body["reserved"], body["available"], body["requested"]) == (10, 8, 2, 3)
    assert everything() == before


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("receipts", {"items": []}, {("/items", "empty")}),
        (
            "receipts",
            {"items": [{"sku": "MUG", "location_id": "MAIN", "quantity": 0}]},
            {("/items/0/quantity", "min_value")},
        ),
        (
            "receipts",
            {
                "items": [
                    {"sku": "MUG", "location_id": "MAIN", "quantity": 1},
                    {"sku": "X", "location_id": "Y", "quantity": 1},
                ]
            },
            {("/items/1/sku", "unknown_sku"), ("/items/1/location_id", "unknown_location")},
        ),
        (
            "transfers",
            {"items": [{"sku": "MUG", "from_location_id": "MAIN", "to_location_id": "MAIN", "quantity": 1}]},
            {("/items/0/to_location_id", "same_location")},
        ),
        ("adjustments", {"sku": "X", "location_id": "MAIN", "to": 1, "note": "N"}, {("/sku", "unknown_sku")}),
        ("adjustments", {"sku": "MUG", "location_id": "MAIN", "to": 1}, {("/note", "required")}),
        ("adjustments", {"sku": "MUG", "location_id": "MAIN", "note": "N"}, {("", "one_of")}),
        ("adjustments", {"sku": "MUG", "location_id": "MAIN", "to": 1, "change": 1, "note": "N"}, {("", "one_of")}),
        ("scraps", {"items": [{"sku": "MUG", "location_id": "MAIN", "quantity": 1}] * 501}, {("/items", "max_length")}),
    ],
)
def test_wrong_stock_changes_are_refused_by_field(
    caller: Caller, route: str, body: Any, expected: set[tuple[str, str]]
) -> None:
    stocked("MUG", a_location(), 10)
    before = everything()

    assert pointers(read(caller.post(f"{API}/stock/{route}/", with_ids(body)), 400)) == expected

    assert everything() == before


def with_ids(body: Any) -> Any:
    """The body with each location's code as its id; an unknown code as the id of no location."""
    if isinstance(body, list):
        return [with_ids(each) for each in body]
    if not isinstance(body, dict):
        return body
    ids = dict(Location.objects.values_list("code", "pk"))
    return {
        name: str(ids.get(value, new_id())) if name.endswith("location_id") else with_ids(value)
        for name, value in body.items()
    }


def test_a_location_is_named_by_its_id_alone(caller: Caller) -> None:
    stocked("MUG", a_location(), 10)
    before = everything()

    for wrong in ({"location": "MAIN"}, {"location_code": "MAIN"}, {"location_id": "MAIN"}):
        body = {"sku": "MUG", "to": 1, "note": "Counted", **wrong}
        assert f"/{next(iter(wrong))}" in {
            error["pointer"] for error in read(caller.post(f"{API}/stock/adjustments/", body), 400)["errors"]
        }

    assert everything() == before


def test_levels_are_listed_by_sku_and_location(caller: Caller) -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)
    east = a_location("EAST")
    caller_receives(caller, "MUG", east, 2)
    stocked("CUP", main, 3)

    rows = read(caller.get(f"{API}/stock/?sku=MUG"))["results"]

    assert rows[0] == {
        "variant_id": str(mug.pk),
        "sku": "MUG",
        "location_id": str(main.pk),
        "location_code": "MAIN",
        "on_hand": 10,
        "reserved": 0,
        "available": 10,
    }
    assert [row["location_code"] for row in rows] == ["MAIN", "EAST"]
    assert skus(read(caller.get(f"{API}/stock/?location_id={main.pk}"))) == ["MUG", "CUP"]
    turned = read(caller.get(f"{API}/stock/?ordering=-variant_id"))["results"]
    assert [(row["sku"], row["location_code"]) for row in turned] == [("CUP", "MAIN"), ("MUG", "EAST"), ("MUG", "MAIN")]


def test_levels_are_paged_in_both_directions(caller: Caller) -> None:
    main = a_location()
    for sku in ("MUG", "CUP", "JUG"):
        stocked(sku, main, 1)

    first = read(caller.get(f"{API}/stock/?limit=2"))
    rest = read(caller.get(first["next"].removeprefix("http://testserver")))
    back = read(caller.get(rest["previous"].removeprefix("http://testserver")))

    assert [*skus(first), *skus(rest)] == ["MUG", "CUP", "JUG"]
    assert (rest["next"], back["results"]) == (None, first["results"])


def test_movements_are_paged_and_filtered(caller: Caller) -> None:
    main = a_location()
    mug = stocked("MUG", main, 10)
    order = an_empty_order()
    reserve_for(order, wanted(mug, 1), wanted(mug, 2))

    first = read(caller.get(f"{API}/stock/movements/?limit=2"))
    rest = read(caller.get(first["next"].removeprefix("http://testserver")))

    assert [row["kind"] for row in [*first["results"], *rest["results"]]] == ["reserve", "reserve", "receive"]
    assert rest["next"] is None
    assert len(read(caller.get(f"{API}/stock/movements/?order_id={order.pk}"))["results"]) == 2
    assert len(read(caller.get(f"{API}/stock/movements/?kind=receive&sku=MUG&location_id={main.pk}"))["results"]) == 1
    problem(caller.get(f"{API}/stock/movements/?kind=gift"), 400, "bad_request")
    problem(caller.get(f"{API}/stock/movements/?colour=red"), 400, "bad_request")


# Scopes and statements


@pytest.mark.parametrize(
    ("method", "route", "scope"),
    [
        ("GET", "products/", "products:read"),
        ("POST", "products/", "products:write"),
        ("GET", "variants/", "products:read"),
        ("POST", "variants/", "products:write"),
        ("GET", "locations/", "stock:read"),
        ("POST", "locations/", "stock:write"),
        ("GET", "stock/", "stock:read"),
        ("GET", "stock/movements/", "stock:read"),
        ("POST", "stock/receipts/", "stock:write"),
        ("POST", "stock/adjustments/", "stock:write"),
        ("POST", "stock/transfers/", "stock:write"),
        ("POST", "stock/scraps/", "stock:write"),
    ],
)
def test_every_route_needs_its_scope(method: str, route: str, scope: str) -> None:
    other = Caller(a_client(), tuple(each for each in SCOPES if each != scope))

    body = problem(other.send(method, f"{API}/{route}", idempotency_key="k"), 403, "scope_missing")

    assert body["missing_scope"] == scope


@pytest.mark.parametrize(
    ("route", "statements"),
    [
        ("products/", 4),
        ("variants/", 5),
        ("locations/", 2),
        ("stock/", 2),
        ("stock/movements/", 2),
        ("stock/movements/?sku=MUG-0&location_id={main}", 2),
    ],
)
def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(
    caller: Caller, route: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    main = a_location()
    stocked("MUG-0", main, 1)
    route = route.format(main=main.pk)
    read(caller.get(f"{API}/{route}"))
    with django_assert_num_queries(statements):
        caller.get(f"{API}/{route}")

    for n in range(1, 6):
        stocked(f"MUG-{n}", a_location(f"PLACE-{n}"), 1)
    with django_assert_num_queries(statements):
        assert caller.get(f"{API}/{route}").status_code == 200


@pytest.mark.parametrize(("kind", "statements"), [("products", 4), ("variants", 5), ("locations", 2)])
def test_a_detail_takes_few_statements(
    caller: Caller, kind: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    main = a_location()
    mug = stocked("MUG", main, 1)
    address = {"products": mug.product_id, "variants": mug.pk, "locations": main.pk}[kind]
    caller.get(f"{API}/{kind}/{address}/")

    with django_assert_num_queries(statements):
        assert caller.get(f"{API}/{kind}/{address}/").status_code == 200


def test_a_receipt_of_fifty_takes_as_many_statements_as_one_of_one(
    caller: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    main = a_location()
    for n in range(50):
        a_variant(f"MUG-{n}")
    items = [{"sku": f"MUG-{n}", "location_id": str(main.pk), "quantity": 1} for n in range(50)]
    caller.get(f"{API}/stock/")

    for count in (1, 50):
        with django_assert_num_queries(12):
            read(caller.post(f"{API}/stock/receipts/", {"items": items[:count]}))


def test_an_inactive_location_sells_nothing(caller: Caller) -> None:
    main = a_location()
    mug = stocked("MUG", main, 1)

    update_location(main.pk, {"active": False}, actor=ACTOR)

    assert read(caller.get(f"{API}/variants/{mug.pk}/"))["availability"]["available"] == 0
    assert skus(read(caller.get(f"{API}/stock/"))) == ["MUG"]


def caller_receives(caller: Caller, sku: str, place: Location, quantity: int) -> None:
    items = [{"sku": sku, "location_id": str(place.pk), "quantity": quantity}]
    read(caller.post(f"{API}/stock/receipts/", {"items": items}))


def skus_of_locations(caller: Caller, query: str) -> list[str]:
    return [each["code"] for each in read(caller.get(f"{API}/locations/?{query}"))["results"]]
