"""The routes of price lists: a storefront sees its own and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from core.ids import new_id
from core.models import Event
from inventory.models import Variant
from pricing.lists.actions import NewPrice
from pricing.lists.models import PriceList
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.customers import a_group
from tests.factories.inventory import a_variant
from tests.factories.pricing import a_price_list
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("prices:read", "prices:write")
BASE = "/api/v1/price-lists/"
NEW = {"code": "SUMMER", "name": "Summer sale", "currency": "EUR", "prices_include_tax": True}


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = {"read": None, "write": None}


@pytest.fixture
def shop() -> Caller:
    return Caller(a_client("North"), SCOPES)


@pytest.fixture
def mug() -> Variant:
    return a_variant("MUG")


def test_a_price_list_is_created_and_shown(shop: Caller) -> None:
    trade = a_group(shop.client)
    terms = {"priority": 5, "group_ids": [str(trade.pk)], "starts_at": "2026-06-01T00:00:00+02:00", "ends_at": None}

    response = shop.post(BASE, {**NEW, **terms})

    made = read(response, 201)
    assert response.headers["ETag"] == '"v1"'
    assert response.headers["Location"] == f"{BASE}{made['id']}/"
    told = {name: value for name, value in made.items() if name not in {"id", "created_at", "updated_at"}}
    assert told == {**NEW, **terms, "starts_at": "2026-05-31T22:00:00.000000Z", "active": True, "version": 1}
    shown = shop.get(f"{BASE}{made['id']}/")
    assert read(shown) == made
    assert shop.get(f"{BASE}{made['id']}/", if_none_match='"v1"').status_code == 304


def test_a_code_in_other_letter_case_is_409_with_the_existing_list(shop: Caller) -> None:
    summer = a_price_list(shop.client)
    with nothing_changes():
        told = problem(shop.post(BASE, {**NEW, "code": "summer"}), 409, "price_list_exists")
    assert told["price_list_id"] == str(summer.pk)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"currency": "EURO"}, {("/currency", "invalid_choice")}),
        ({"prices_include_tax": None}, {("/prices_include_tax", "null")}),
        ({"priority": -1}, {("/priority", "min_value")}),
        ({"priority": 40_000}, {("/priority", "max_value")}),
        ({"ends_at": "2026-06-01"}, {("/ends_at", "invalid")}),
        ({"starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-06-01T00:00:00Z"}, {("/ends_at", "not_after_start")}),
        ({"group_ids": [str(new_id())]}, {("/group_ids/0", "unknown_group")}),
        ({"colour": "red"}, {("/colour", "unknown_field")}),
    ],
)
def test_a_wrong_price_list_is_refused_by_field(shop: Caller, wrong: Any, expected: set[tuple[str, str]]) -> None:
    assert pointers(read(shop.post(BASE, {**NEW, **wrong}), 400)) == expected
    assert not PriceList.objects.exists()


def test_a_price_list_is_patched_at_the_version_that_was_seen(shop: Caller) -> None:
    address = f"{BASE}{a_price_list(shop.client).pk}/"

    problem(shop.patch(address, {"priority": 3}), 428, "if_match_missing")
    problem(shop.patch(address, {"priority": 3}, if_match='"v7"'), 412, "stale_version")
    problem(shop.patch(address, {"currency": "GBP"}, if_match='"v1"'), 400, "invalid_input")
    response = shop.patch(address, {"priority": 3, "active": False}, if_match='"v1"')

    assert (read(response)["priority"], read(response)["active"], response.headers["ETag"]) == (3, False, '"v2"')


def test_price_lists_are_listed_newest_first_and_filtered(shop: Caller) -> None:
    for code, currency, active in (("A", "EUR", True), ("B", "GBP", True), ("C", "EUR", False)):
        a_price_list(shop.client, code, currency=currency, active=active)

    def listed(query: str) -> list[str]:
        return [each["code"] for each in read(shop.get(f"{BASE}{query}"))["results"]]

    assert listed("") == ["C", "B", "A"]
    assert listed("?currency=EUR") == ["C", "A"]
    assert listed("?active=true") == ["B", "A"]
    assert listed("?code=b") == ["B"]


def test_prices_are_put_shown_and_removed(shop: Caller, mug: Variant) -> None:
    prices = f"{BASE}{a_price_list(shop.client).pk}/prices/"
    body = {
        "prices": [
            {"sku": "mug", "amount": 500, "compare_at": 600},
            {"sku": "MUG", "amount": 450, "from_quantity": 10},
        ]
    }

    problem(shop.send("PUT", prices, body), 428, "if_match_missing")
    problem(shop.send("PUT", prices, body, if_match='"v7"'), 412, "stale_version")
    response = shop.send("PUT", prices, body, if_match='"v1"')

    assert (read(response), response.headers["ETag"]) == ({"changed": 2, "unchanged": 0, "version": 2}, '"v2"')
    again = shop.send("PUT", prices, body, if_match='"v2"')
    assert (read(again), again.headers["ETag"]) == ({"changed": 0, "unchanged": 2, "version": 2}, '"v2"')
    shown = read(shop.get(prices))["results"]
    assert [{name: value for name, value in each.items() if name != "id"} for each in shown] == [
        {
            "variant_id": str(mug.pk), "sku": "MUG", "from_quantity": 1, "amount": 500, "compare_at": 600,
            "currency": "EUR",
        },
        {
            "variant_id": str(mug.pk), "sku": "MUG", "from_quantity": 10, "amount": 450, "compare_at": None,
            "currency": "EUR",
        },
    ]  # fmt: skip
    one = f"{prices}{shown[1]['id']}/"
    response = shop.get(one)
    assert (read(response), response.headers["ETag"]) == (shown[1], '"v2"')
    problem(shop.send("DELETE", one), 428, "if_match_missing")
    removed = shop.send("DELETE", one, if_match='"v2"')
    assert (removed.status_code, removed.headers["ETag"]) == (204, '"v3"')
    assert [each["amount"] for each in read(shop.get(prices))["results"]] == [500]
    problem(shop.send("DELETE", one, if_match='"v3"'), 404, "not_found")
    problem(shop.get(one), 404, "not_found")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"sku": "CUP"}, {("/prices/1/sku", "unknown_sku")}),
        ({"sku": "mug"}, {("/prices/1/sku", "repeated")}),
        ({"amount": -1}, {("/prices/1/amount", "min_value")}),
        ({"amount": "5"}, {("/prices/1/amount", "invalid")}),
        ({"from_quantity": 0}, {("/prices/1/from_quantity", "min_value")}),
        ({"from_quantity": 2, "compare_at": 500}, {("/prices/1/compare_at", "out_of_range")}),
        ({"colour": "red"}, {("/prices/1/colour", "unknown_field")}),
    ],
)
def test_wrong_prices_are_refused_by_field_and_none_is_set(
    shop: Caller, mug: Variant, wrong: Any, expected: set[tuple[str, str]]
) -> None:
    prices = f"{BASE}{a_price_list(shop.client).pk}/prices/"
    good = {"sku": "MUG", "amount": 500}
    with nothing_changes():
        told = shop.send("PUT", prices, {"prices": [good, {**good, **wrong}]}, if_match="*")
    assert pointers(read(told, 400)) == expected


def test_prices_are_paged_by_variant_and_quantity_in_either_direction_and_found_by_sku(shop: Caller) -> None:
    skus = [a_variant(f"S{number}").sku for number in range(3)]
    wanted = [NewPrice(sku, 100, quantity) for sku in skus for quantity in (1, 10)]
    prices = f"{BASE}{a_price_list(shop.client, 'A', *reversed(wanted)).pk}/prices/"

    def walked(query: str) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        address: str | None = f"{prices}{query}"
        while address is not None:
            page = read(shop.get(address.removeprefix("http://testserver")))
            found += [(each["sku"], each["from_quantity"]) for each in page["results"]]
            address = page["next"]
        return found

    expected = [(price.sku, price.from_quantity) for price in wanted]
    assert walked("?limit=1") == walked("?limit=4") == walked("") == expected
    assert walked("?limit=1&ordering=-variant_id") == expected[::-1]
    assert walked("?sku=s1") == [("S1", 1), ("S1", 10)]
    last = read(shop.get(f"{prices}?limit=4"))["next"]
    back = read(
        shop.get(read(shop.get(last.removeprefix("http://testserver")))["previous"].removeprefix("http://testserver"))
    )
    assert [(each["sku"], each["from_quantity"]) for each in back["results"]] == expected[:4]


def test_another_storefronts_list_is_as_good_as_missing(shop: Caller, mug: Variant) -> None:
    price_list = a_price_list(shop.client, "A", NewPrice("MUG", 500))
    price_id, other = price_list.entries.get().pk, Caller(a_client("South"), SCOPES)
    own = a_price_list(other.client)
    events = Event.objects.count()

    for missing in (str(price_list.pk), str(new_id())):
        routes = [
            ("GET", f"{BASE}{missing}/", None),
            ("PATCH", f"{BASE}{missing}/", {"name": "X"}),
            ("GET", f"{BASE}{missing}/prices/", None),
            ("PUT", f"{BASE}{missing}/prices/", {"prices": [{"sku": "MUG", "amount": 1}]}),
            ("GET", f"{BASE}{missing}/prices/{price_id}/", None),
            ("DELETE", f"{BASE}{missing}/prices/{price_id}/", None),
        ]
        for method, path, body in routes:
            problem(other.send(method, path, body, if_match='"v2"'), 404, "not_found")
    problem(other.send("DELETE", f"{BASE}{own.pk}/prices/{price_id}/", if_match='"v1"'), 404, "not_found")

    assert [each["id"] for each in read(other.get(BASE))["results"]] == [str(own.pk)]
    assert Event.objects.count() == events
    assert price_list.entries.get().amount == 500


@pytest.mark.parametrize(("method", "scope"), [("GET", "prices:read"), ("POST", "prices:write")])
def test_every_route_needs_its_scope(method: str, scope: str) -> None:
    caller = Caller(a_client(), tuple(each for each in SCOPES if each != scope))

    assert problem(caller.send(method, BASE, idempotency_key="k"), 403, "scope_missing")["missing_scope"] == scope


def test_lists_and_details_take_as_many_statements_for_many_rows_as_for_one(
    shop: Caller, mug: Variant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    group = a_group(shop.client)
    price_list = a_price_list(shop.client, "A", NewPrice("MUG", 500), group_ids=[group.pk])
    one = f"{BASE}{price_list.pk}/"
    price = f"{one}prices/{price_list.entries.get().pk}/"
    shop.get(BASE)
    for codes in ("", "BCDE"):
        for code in codes:
            prices = [NewPrice("MUG", 500 + quantity, quantity) for quantity in (1, 2, 3)]
            a_price_list(shop.client, code, *prices, group_ids=[group.pk])
        for path, statements in {BASE: 3, one: 3, f"{one}prices/": 3, price: 2}.items():
            with django_assert_num_queries(statements):
                assert shop.get(path).status_code == 200
