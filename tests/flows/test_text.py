"""Text on its way in by every door: the same however it is written, and what can't be kept changes nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from pytest_django import Settings

from core.actors import Actor
from core.clients import ensure_storefront
from core.errors import InvalidInput
from core.models import Client
from customers.actions import create_customer
from customers.models import Customer
from inventory.actions import NewVariant, create_location, create_product, ensure_catalogue, update_variant
from inventory.errors import LocationCodeTaken, SkuTaken
from inventory.models import Product, Variant
from inventory.queries import location_ids, spelling_of, variant_ids
from orders.actions import add_note, cancel_order, place_order, update_order
from orders.models import Order
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.inventory import a_location, a_variant, stock_up
from tests.factories.orders import a_placed_order, new_order, reload
from tests.factories.staff import a_superuser, a_token, browser_of, button
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
NFC, NFD = "CAF\u00c9-1", "CAFE\u0301-1"
ADDRESS = {"name": "Ann", "line1": "Flat 3", "city": "Leeds", "country": "GB"}
SCOPES = ("orders:read", "orders:write", "products:read", "products:write", "stock:write", "customers:write")


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def storefront() -> Client:
    return a_client("North")


@pytest.fixture
def shop(storefront: Client) -> Caller:
    return Caller(storefront, SCOPES)


@pytest.mark.parametrize("other", [NFC, NFD, NFC.lower(), f" {NFD.lower()} "])
def test_one_sku_in_two_forms_or_cases_is_one(other: str) -> None:
    variant = a_variant(NFD, {"EUR": 100})
    assert variant.sku == NFC
    with refused(SkuTaken) as caught:
        create_product(name="Other", variants=[NewVariant(other, "Other")], actor=ACTOR)
    assert caught.value.context["taken"] == {other: str(variant.pk)}
    with refused(InvalidInput):
        create_product(name="Twins", variants=[NewVariant("NEW", "A"), NewVariant(" new", "B")], actor=ACTOR)
    with nothing_changes():
        assert ensure_catalogue([NewVariant(other, "Other")], actor=ACTOR) == {other: variant.pk}
    assert (variant_ids([other]), spelling_of(other)) == ({other: variant.pk}, NFC)


def test_a_catalogue_of_twins_makes_one_variant_of_them() -> None:
    made = ensure_catalogue([NewVariant("84997B", "First"), NewVariant("84997b", "Second")], actor=ACTOR)
    (variant,) = Variant.objects.all()
    assert (made, variant.name) == ({"84997B": variant.pk, "84997b": variant.pk}, "First")


@pytest.mark.parametrize("asked", [NFC, NFD, NFC.lower()])
def test_an_order_is_of_the_variant_however_its_sku_is_written(asked: str, shop: Caller) -> None:
    stock_up({NFC: 9})
    lines = [{"sku": asked, "quantity": 1}, {"sku": NFC, "quantity": 2}]
    order = read(shop.post("/api/v1/orders/", {"currency": "EUR", "lines": lines}), 201)
    assert [(line["sku"], line["quantity"]) for line in order["lines"]] == [(NFC, 3)]
    for query in ({"sku": asked}, {"search": asked}):
        found = read(shop.get(f"/api/v1/orders/?{urlencode(query)}"))
        assert [each["id"] for each in found["results"]] == [order["id"]]
    found = read(shop.get(f"/api/v1/variants/?{urlencode({'sku': asked})}"))
    assert [each["sku"] for each in found["results"]] == [NFC]


def test_location_codes_and_storefronts_are_the_same_in_any_case() -> None:
    place = a_location("MAIN")
    with refused(LocationCodeTaken) as caught:
        create_location(code="main", name="Other", actor=ACTOR)
    assert caught.value.context["location_id"] == str(place.pk)
    assert location_ids(["Main"]) == {"Main": place.pk}
    assert ensure_storefront("Retail").pk == ensure_storefront(" RETAIL").pk


@pytest.mark.parametrize(
    ("field", "code"),
    [("Flat 3\n12 High St", "line_break"), ("Flat 3\t12", "control_character"), ("Flat \u202e3", "bidi_control")],
)
def test_an_address_of_two_lines_in_one_is_refused_and_named(shop: Caller, field: str, code: str) -> None:
    stock_up({"A": 1})
    body = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 1}], "shipping_address": {**ADDRESS, "line1": field}}
    with nothing_changes():
        told = problem(shop.post("/api/v1/orders/", body), 400, "invalid_input")
    assert pointers(told) == {("/shipping_address/line1", code)}


def test_an_edit_of_the_e_mail_alone_leaves_the_address(storefront: Client) -> None:
    order = a_placed_order(storefront, shipping_address={**ADDRESS, "line2": "12 High St, Cafe\u0301"})
    page = button("orders.order", order.pk, "edit-contact")
    browser = browser_of(a_superuser())
    form = browser.get(page).context["form"]
    typed = {name: form.initial.get(name) or "" for name in form.fields}
    sent = browser.post(page, {**typed, "email": "new@example.com", "version": order.version, "token": a_token()})
    assert sent.status_code == 302
    assert reload(order).email == "new@example.com"
    assert reload(order).shipping_address == {**ADDRESS, "line2": "12 High St, Caf\u00e9"}


def order_of(external_ref: str, like: Order) -> Order:
    return place_order(new_order({"A": 1}, external_ref=external_ref), client_id=like.client_id, actor=ACTOR)


@pytest.mark.parametrize(
    ("act", "pointer"),
    [
        (lambda order: update_order(order.pk, email="a\u200bnn@example.com", actor=ACTOR), "/email"),
        (lambda order: update_order(order.pk, shipping_address={"line1": "a\nb"}, actor=ACTOR), "/shipping_address"),
        (lambda order: update_order(order.pk, tags=["a\u00adb"], actor=ACTOR), "/tags"),
        (lambda order: update_order(order.pk, metadata={"k": "\x1b[31m"}, actor=ACTOR), "/metadata"),
        (lambda order: cancel_order(order.pk, reason="a\nb", actor=ACTOR), "/cancel_reason"),
        (lambda order: add_note(order.pk, body="a\x1bb", actor=ACTOR), "/body"),
        (lambda order: create_customer(client_id=order.client_id, email="a@b.de", name="a\tb", actor=ACTOR), "/name"),
        (lambda _: create_location(code="A\ufeffB", name="A", actor=ACTOR), "/code"),
        (lambda _: create_product(name="a\u2028b", actor=ACTOR), "/name"),
        (lambda order: order_of("R\u200d1", order), "/external_ref"),
    ],
)  # fmt: skip
def test_an_action_refuses_what_its_column_cannot_have(act: Any, pointer: str) -> None:
    order = a_placed_order()
    stock_up({"A": 1})
    with refused(InvalidInput) as caught:
        act(order)
    assert [each.pointer for each in caught.value.errors] == [pointer]


def test_what_grows_too_long_in_its_normal_form_is_refused() -> None:
    product = create_product(name="A", actor=ACTOR)
    with refused(InvalidInput) as caught:
        create_product(name="\u0958" * 250, actor=ACTOR)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [("/name", "max_length")]
    assert Product.objects.get() == product


def test_the_same_in_another_form_is_no_change() -> None:
    variant = a_variant("MUG")
    update_variant(variant.pk, {"name": "Caf\u00e9"}, actor=ACTOR)
    with nothing_changes():
        update_variant(variant.pk, {"name": " Cafe\u0301 "}, actor=ACTOR)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Variant, {"sku": NFD}), (Variant, {"name": "a\nb"}), (Product, {"description": "a\x1bb"}),
        (Order, {"email": "a\u202eb"}), (Order, {"tags": ["a\u200bb"]}), (Order, {"shipping_address": {"a": "b\nc"}}),
        (Customer, {"external_ref": "\ufeffA"}),
    ],
)  # fmt: skip
def test_the_database_refuses_what_passed_by_every_door(model: Any, changes: dict[str, Any]) -> None:
    order = a_placed_order()
    create_customer(client_id=order.client_id, email="ann@example.com", actor=ACTOR)
    ((column, value),) = changes.items()
    text = "%s::jsonb" if isinstance(value, dict) else "%s"
    with refused_by_the_database(f"{model._meta.db_table}_{column}"), connection.cursor() as cursor:
        if isinstance(value, dict):
            value = json.dumps(value)
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {text}", [value])
