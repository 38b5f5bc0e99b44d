"""The routes of delivery methods: a storefront sees and changes its own and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from pricing.delivery.models import DeliveryMethod, DeliveryRate
from taxes.models import TaxClass
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import a_location
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("delivery:read", "delivery:write")
BASE = "/api/v1/delivery-methods/"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = {"read": None, "write": None}


@pytest.fixture
def shop() -> Caller:
    return Caller(a_client("North"), SCOPES)


def codes(document: Any) -> list[str]:
    return [each["code"] for each in document["results"]]


def test_a_method_is_created_and_shown(shop: Caller) -> None:
    reduced, here = TaxClass.objects.create(code="books", name="Books"), a_location("HERE")
    body = {
        "code": "SHOP", "name": "Collect it", "kind": "pickup", "location_id": str(here.pk),
        "tax_class_id": str(reduced.pk), "prices_include_tax": True, "min_days": 0, "max_days": 1, "position": 5,
    }  # fmt: skip
    response = shop.post(BASE, body)
    made = read(response, 201)
    expected = {
        **body,
        "location_code": "HERE",
        "tax_class_code": "books",
        "carrier": "",
        "active": True,
        "version": 1,
    }
    assert {name: made[name] for name in expected} == expected
    assert response.headers["Location"] == f"{BASE}{made['id']}/"
    shown = shop.get(f"{BASE}{made['id']}/")
    assert (read(shown), shown.headers["ETag"]) == (made, '"v1"')
    assert shop.get(f"{BASE}{made['id']}/", if_none_match='"v1"').status_code == 304


def test_a_code_that_is_taken_is_409_with_the_method_that_has_it(shop: Caller) -> None:
    method = a_method(shop.client, "DHL")
    with nothing_changes():
        told = problem(shop.post(BASE, {"code": "dhl", "name": "DHL", "kind": "parcel"}), 409, "delivery_method_exists")
    assert told["method_id"] == str(method.pk)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("/code", "required"), ("/name", "required"), ("/kind", "required")}),
        ({"code": "A", "name": "A", "kind": "drone"}, {("/kind", "invalid_choice")}),
        ({"code": "A", "name": "A", "kind": "pickup"}, {("/location_id", "required")}),
        ({"code": "A", "name": "A", "kind": "parcel", "days": 1}, {("/days", "unknown_field")}),
        ({"code": "A", "name": "A", "kind": "parcel", "max_days": 1}, {("/min_days", "required")}),
    ],
)
def test_a_wrong_method_is_refused_by_field(shop: Caller, body: Any, expected: set[tuple[str, str]]) -> None:
    with nothing_changes():
        assert pointers(read(shop.post(BASE, body), 400)) == expected


def test_methods_are_listed_in_the_order_in_which_they_are_offered(
    shop: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shop.get(BASE)  # a key's first use in an hour is noted
    for code, position in (("C", 9), ("A", 1), ("B", 1)):
        a_method(shop.client, code, position=position, kind="pickup", location_id=a_location(code).pk)
    a_method(a_client(), "OTHERS")
    with django_assert_num_queries(2):
        first = read(shop.get(f"{BASE}?limit=2"))
    rest = read(shop.get(first["next"].removeprefix("http://testserver")))
    assert [*codes(first), *codes(rest)] == ["A", "B", "C"]
    assert codes(read(shop.get(f"{BASE}?ordering=-created_at"))) == ["B", "A", "C"]
    assert codes(read(shop.get(f"{BASE}?code=b"))) == ["B"]
    assert codes(read(shop.get(f"{BASE}?kind=parcel"))) == []
    assert codes(read(shop.get(f"{BASE}?active=false"))) == []


def test_a_method_is_patched_at_the_version_that_was_seen(shop: Caller) -> None:
    address = f"{BASE}{a_method(shop.client).pk}/"
    problem(shop.patch(address, {"name": "DHL"}), 428, "if_match_missing")
    problem(shop.patch(address, {"name": "DHL"}, if_match='"v7"'), 412, "stale_version")
    response = shop.patch(address, {"name": "DHL", "carrier": "DHL"}, if_match='"v1"')
    assert (read(response)["name"], response.headers["ETag"]) == ("DHL", '"v2"')
    with nothing_changes():
        for name in ("code", "kind"):
            assert pointers(read(shop.patch(address, {name: "x"}, if_match='"v2"'), 400)) == {
                (f"/{name}", "unknown_field")
            }


def test_rates_are_put_whole_and_shown_as_they_are_kept(shop: Caller) -> None:
    method = a_method(shop.client, "DHL", a_rate(900))
    address = f"{BASE}{method.pk}/rates/"
    body = {
        "rates": [
            {"currency": "EUR", "price": 490, "countries": ["DE", "AT"], "weight_up_to": 5_000, "free_from": 5_000},
            {
                "currency": "EUR",
                "price": 990,
                "countries": ["DE"],
                "postal_prefixes": ["27 498"],
                "amount_below": 9_000,
            },
        ]
    }
    problem(shop.send("PUT", address, body), 428, "if_match_missing")
    problem(shop.send("PUT", address, body, if_match='"v1"'), 412, "stale_version")
    response = shop.send("PUT", address, body, if_match='"v2"')
    base = {"countries": ["AT", "DE"], "region": "", "postal_prefixes": [], "weight_over": 0, "weight_up_to": 5_000}
    first = {"currency": "EUR", "price": 490, **base, "amount_from": 0, "amount_below": None, "free_from": 5_000}
    second = {
        **first, "price": 990, "countries": ["DE"], "postal_prefixes": ["27498"], "weight_up_to": None,
        "amount_below": 9_000, "free_from": None,
    }  # fmt: skip
    assert (read(response), response.headers["ETag"]) == ({"rates": [first, second]}, '"v3"')
    shown = shop.get(address)
    assert (read(shown), shown.headers["ETag"]) == (read(response), '"v3"')
    with nothing_changes():
        again = shop.send("PUT", address, body, if_match='"v3"')
    assert (again.content, again.headers["ETag"]) == (response.content, '"v3"')


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([{"currency": "EUR"}], ("/rates/0/price", "required")),
        ([{"currency": "EUR", "price": 1}, {"currency": "EUR", "price": "1"}], ("/rates/1/price", "invalid")),
        ([{"currency": "EUR", "price": 1, "countries": ["XX"]}], ("/rates/0/countries/0", "invalid_choice")),
        ([{"currency": "EUR", "price": 1, "region": "Kent"}], ("/rates/0/countries", "one_country")),
        (
            [{"currency": "EUR", "price": 1, "weight_over": 5, "weight_up_to": 5}],
            ("/rates/0/weight_up_to", "empty_range"),
        ),
        ([{"currency": "EUR", "price": 1}] * 201, ("/rates", "max_length")),
    ],
)
def test_wrong_rates_are_refused_by_their_place(shop: Caller, rates: Any, expected: tuple[str, str]) -> None:
    method = a_method(shop.client, "DHL", a_rate(900))
    with nothing_changes():
        told = read(shop.send("PUT", f"{BASE}{method.pk}/rates/", {"rates": rates}, if_match='"v2"'), 400)
    assert pointers(told) == {expected}


def test_another_storefront_s_method_is_as_good_as_missing(shop: Caller) -> None:
    method = a_method(shop.client, "DHL", a_rate())
    stranger = Caller(a_client("South"), SCOPES)
    with nothing_changes():
        for address in (f"{BASE}{method.pk}/", f"{BASE}{method.pk}/rates/"):
            problem(stranger.get(address), 404, "not_found")
        problem(stranger.patch(f"{BASE}{method.pk}/", {"name": "Mine"}, if_match="*"), 404, "not_found")
        problem(stranger.send("PUT", f"{BASE}{method.pk}/rates/", {"rates": []}, if_match="*"), 404, "not_found")
    assert codes(read(stranger.get(BASE))) == []


def test_reading_needs_a_scope_and_writing_another(shop: Caller) -> None:
    method = a_method(shop.client, "DHL", a_rate())
    reader, nobody = Caller(shop.client, SCOPES[:1]), Caller(shop.client, ())
    with nothing_changes():
        assert problem(nobody.get(BASE), 403, "scope_missing")["missing_scope"] == "delivery:read"
        told = problem(
            reader.send("PUT", f"{BASE}{method.pk}/rates/", {"rates": []}, if_match="*"), 403, "scope_missing"
        )
        assert told["missing_scope"] == "delivery:write"
        problem(reader.post(BASE, {"code": "A", "name": "A", "kind": "parcel"}), 403, "scope_missing")


def test_a_repeated_request_acts_once(shop: Caller) -> None:
    body = {"code": "A", "name": "A", "kind": "parcel"}
    first, again = (shop.post(BASE, body, idempotency_key="k") for _ in range(2))
    assert (again.status_code, again.content) == (201, first.content)
    assert (DeliveryMethod.objects.count(), DeliveryRate.objects.count()) == (1, 0)
