"""The routes of customers: a storefront sees its own and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from core.ids import new_id
from core.models import Event
from customers.actions import add_address
from customers.models import Address, CreditAccount, Customer
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.customers import ACTOR, a_credit_account, a_customer, a_group, an_address

pytestmark = pytest.mark.django_db

SCOPES = ("customers:read", "customers:write")
BASE = "/api/v1/customers/"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = {"read": None, "write": None}


@pytest.fixture
def shop() -> Caller:
    return Caller(a_client("North"), SCOPES)


@pytest.fixture
def other() -> Caller:
    return Caller(a_client("South"), SCOPES)


def emails(document: Any) -> list[str]:
    return [each["email"] for each in document["results"]]


def test_a_customer_is_created_and_shown(shop: Caller) -> None:
    response = shop.post(BASE, {"email": "Ann@EXAMPLE.com", "name": "Ann", "external_ref": "17850"})

    made = read(response, 201)
    assert response.headers["ETag"] == '"v1"'
    assert response.headers["Location"] == f"{BASE}{made['id']}/"
    assert {name: made[name] for name in ("email", "name", "phone", "external_ref", "version")} == {
        "email": "Ann@example.com",
        "name": "Ann",
        "phone": "",
        "external_ref": "17850",
        "version": 1,
    }
    shown = shop.get(f"{BASE}{made['id']}/")
    assert read(shown) == made
    assert shop.get(f"{BASE}{made['id']}/", if_none_match=shown.headers["ETag"]).status_code == 304


def test_an_email_in_other_letter_case_is_409_with_the_existing_customer(shop: Caller) -> None:
    ann = a_customer(shop.client, "ann@example.com")

    body = problem(shop.post(BASE, {"email": "ANN@example.com"}), 409, "customer_exists")

    assert (body["customer_id"], body["field"]) == (str(ann.pk), "email")
    assert (Customer.objects.count(), Event.objects.filter(subject_type="customer").count()) == (1, 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("/email", "required")}),
        ({"email": "ann"}, {("/email", "invalid")}),
        ({"email": "ann@example.com", "vip": True}, {("/vip", "unknown_field")}),
        ({"email": 7}, {("/email", "invalid")}),
    ],
)
def test_a_wrong_customer_is_refused_by_field(shop: Caller, body: Any, expected: set[tuple[str, str]]) -> None:
    assert pointers(read(shop.post(BASE, body), 400)) == expected
    assert not Customer.objects.exists()


def test_a_customer_is_patched_at_the_version_that_was_seen(shop: Caller) -> None:
    address = f"{BASE}{a_customer(shop.client).pk}/"

    problem(shop.patch(address, {"name": "Ann"}), 428, "if_match_missing")
    problem(shop.patch(address, {"name": "Ann"}, if_match='"v7"'), 412, "stale_version")
    response = shop.patch(address, {"name": "Ann"}, if_match='"v1"')

    assert (read(response)["name"], response.headers["ETag"]) == ("Ann", '"v2"')


def test_customers_are_not_deleted(shop: Caller) -> None:
    address = f"{BASE}{a_customer(shop.client).pk}/"

    problem(shop.send("DELETE", address, if_match='"v1"'), 405, "method_not_allowed")

    assert Customer.objects.exists()


def test_customers_are_listed_newest_first_and_filtered(shop: Caller) -> None:
    for name in ("ann", "bob", "cat"):
        a_customer(shop.client, f"{name}@example.com", external_ref=name)

    first = read(shop.get(f"{BASE}?limit=2"))
    rest = read(shop.get(first["next"].removeprefix("http://testserver")))

    assert [*emails(first), *emails(rest)] == ["cat@example.com", "bob@example.com", "ann@example.com"]
    assert emails(read(shop.get(f"{BASE}?email=BOB@example.com"))) == ["bob@example.com"]
    assert emails(read(shop.get(f"{BASE}?external_ref=cat"))) == ["cat@example.com"]
    assert emails(read(shop.get(f"{BASE}?created_after=2999-01-01T00:00:00Z"))) == []
    problem(shop.get(f"{BASE}?name=Ann"), 400, "bad_request")


def test_another_storefronts_customer_is_as_good_as_missing(shop: Caller, other: Caller) -> None:
    customer = a_customer(shop.client)
    add_address(customer.pk, an_address(), actor=ACTOR)
    address = Address.objects.get()
    events = Event.objects.count()

    assert read(other.get(BASE))["results"] == []
    for missing in (str(customer.pk), str(new_id())):
        routes = [
            ("GET", f"{BASE}{missing}/", None),
            ("PATCH", f"{BASE}{missing}/", {"name": "X"}),
            ("GET", f"{BASE}{missing}/addresses/", None),
            ("POST", f"{BASE}{missing}/addresses/", an_address()),
            ("GET", f"{BASE}{missing}/addresses/{address.pk}/", None),
            ("PATCH", f"{BASE}{missing}/addresses/{address.pk}/", {"name": "X"}),
            ("DELETE", f"{BASE}{missing}/addresses/{address.pk}/", None),
        ]
        for method, path, body in routes:
            problem(other.send(method, path, body, if_match='"v2"', idempotency_key=str(new_id())), 404, "not_found")

    assert Event.objects.count() == events
    assert Address.objects.get().name == "Ann"


def test_addresses_are_added_shown_changed_and_removed(shop: Caller) -> None:
    customer = a_customer(shop.client)
    book = f"{BASE}{customer.pk}/addresses/"

    made = read(shop.post(book, an_address()), 201)
    second = read(shop.post(book, an_address(city="York", is_default=True)), 201)

    assert (made["city"], made["country"], made["is_default"], second["is_default"]) == ("Leeds", "GB", True, True)
    assert [(row["city"], row["is_default"]) for row in read(shop.get(book))["results"]] == [
        ("Leeds", False),
        ("York", True),
    ]
    one = f"{book}{made['id']}/"
    assert shop.get(one).headers["ETag"] == '"v3"'
    problem(shop.patch(one, {"city": "Hull"}, if_match='"v2"'), 412, "stale_version")
    assert read(shop.patch(one, {"city": "Hull"}, if_match='"v3"'))["city"] == "Hull"
    problem(shop.send("DELETE", one), 428, "if_match_missing")
    assert shop.send("DELETE", one, if_match='"v4"').status_code == 204
    problem(shop.get(one), 404, "not_found")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"country": "XX"}, {("/country", "invalid_choice")}),
        ({"line1": ""}, {("/line1", "blank")}),
        ({"is_default": "yes"}, {("/is_default", "invalid")}),
        ({"planet": "Mars"}, {("/planet", "unknown_field")}),
    ],
)
def test_a_wrong_address_is_refused_by_field(shop: Caller, wrong: Any, expected: set[tuple[str, str]]) -> None:
    customer = a_customer(shop.client)

    response = shop.post(f"{BASE}{customer.pk}/addresses/", {**an_address(), **wrong})

    assert pointers(read(response, 400)) == expected
    assert not Address.objects.exists()


@pytest.mark.parametrize(("method", "scope"), [("GET", "customers:read"), ("POST", "customers:write")])
def test_every_route_needs_its_scope(method: str, scope: str) -> None:
    caller = Caller(a_client(), tuple(each for each in SCOPES if each != scope))

    assert problem(caller.send(method, BASE, idempotency_key="k"), 403, "scope_missing")["missing_scope"] == scope


def test_lists_and_details_take_as_many_statements_for_many_rows_as_for_one(
    shop: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = a_customer(shop.client)
    paths = {BASE: 3, f"{BASE}{customer.pk}/": 3, f"{BASE}{customer.pk}/addresses/": 3}
    add_address(customer.pk, an_address(), actor=ACTOR)
    shop.get(BASE)
    for count in (1, 5):
        for path, statements in paths.items():
            with django_assert_num_queries(statements):
                assert shop.get(path).status_code == 200
        for n in range(count):
            a_customer(shop.client, f"more{n}@example.com")
            add_address(customer.pk, an_address(), actor=ACTOR)
        Customer.objects.filter(email__startswith="more").delete()


GROUPS = "/api/v1/customer-groups/"


def test_customer_groups_are_made_shown_renamed_and_found(shop: Caller) -> None:
    response = shop.post(GROUPS, {"code": "TRADE", "name": "Trade"})
    made = read(response, 201)
    address = f"{GROUPS}{made['id']}/"
    assert (response.headers["Location"], response.headers["ETag"]) == (address, '"v1"')
    assert (made["code"], made["name"], made["version"]) == ("TRADE", "Trade", 1)
    problem(shop.patch(address, {"name": "Wholesale"}), 428, "if_match_missing")
    problem(shop.patch(address, {"code": "OTHER"}, if_match='"v1"'), 400, "invalid_input")
    renamed = shop.patch(address, {"name": "Wholesale"}, if_match='"v1"')
    assert (read(renamed)["name"], renamed.headers["ETag"]) == ("Wholesale", '"v2"')
    read(shop.post(GROUPS, {"code": "STAFF", "name": "Staff"}), 201)
    assert [each["code"] for each in read(shop.get(GROUPS))["results"]] == ["STAFF", "TRADE"]
    assert [each["code"] for each in read(shop.get(f"{GROUPS}?code=trade"))["results"]] == ["TRADE"]
    told = problem(shop.post(GROUPS, {"code": "trade", "name": "X"}), 409, "customer_group_exists")
    assert told["group_id"] == made["id"]


def test_another_storefronts_group_is_as_good_as_missing(shop: Caller, other: Caller) -> None:
    group = a_group(shop.client)
    problem(other.get(f"{GROUPS}{group.pk}/"), 404, "not_found")
    problem(other.patch(f"{GROUPS}{group.pk}/", {"name": "X"}, if_match="*"), 404, "not_found")
    assert read(other.get(GROUPS))["results"] == []
    refusal = read(other.post(BASE, {"email": "ann@example.com", "group_ids": [str(group.pk)]}), 400)
    assert pointers(refusal) == {("/group_ids/0", "unknown_group")}


def test_a_customer_s_groups_and_taxes_are_patched_and_shown(shop: Caller) -> None:
    trade, staff = a_group(shop.client, "TRADE"), a_group(shop.client, "STAFF")
    made = read(shop.post(BASE, {"email": "ann@example.com", "group_ids": [str(trade.pk)], "vat_id": "DE 123"}), 201)
    assert (made["group_ids"], made["vat_id"], made["tax_exempt_reason"]) == ([str(trade.pk)], "DE 123", "")
    changes = {"group_ids": [str(staff.pk)], "tax_exempt_reason": "Embassy"}
    response = shop.patch(f"{BASE}{made['id']}/", changes, if_match='"v1"')
    changed = read(response)
    assert (changed["group_ids"], changed["tax_exempt_reason"], changed["version"]) == ([str(staff.pk)], "Embassy", 2)
    bob = a_customer(shop.client, "bob@example.com")
    assert emails(read(shop.get(f"{BASE}?group_id={staff.pk}"))) == ["ann@example.com"]
    assert emails(read(shop.get(f"{BASE}?group_id={trade.pk}"))) == []
    assert read(shop.get(f"{BASE}{bob.pk}/"))["group_ids"] == []


CREDIT_SCOPES = (*SCOPES, "customers:credit")


@pytest.fixture
def bank() -> Caller:
    return Caller(a_client("Bank"), CREDIT_SCOPES)


def test_a_credit_account_is_opened_shown_and_changed(bank: Caller) -> None:
    customer = a_customer(bank.client)
    accounts = f"{BASE}{customer.pk}/credit-accounts/"

    response = bank.post(accounts, {"currency": "EUR", "limit": 500_00, "days_to_pay": 30})

    made = read(response, 201)
    address = f"/api/v1/credit-accounts/{made['id']}/"
    assert (response.headers["Location"], response.headers["ETag"]) == (address, '"v1"')
    del made["created_at"]
    assert made == {
        "id": made["id"], "customer_id": str(customer.pk), "currency": "EUR", "limit": 500_00, "days_to_pay": 30,
        "owed": 0, "left": 500_00, "version": 1,
    }  # fmt: skip
    shown = bank.get(address, if_none_match='"v1"')
    assert (read(shown)["limit"], shown.headers["ETag"]) == (500_00, '"v1"')
    problem(bank.patch(address, {"limit": 0}), 428, "if_match_missing")
    problem(bank.patch(address, {"limit": 0}, if_match='"v7"'), 412, "stale_version")
    changed = bank.patch(address, {"limit": 0}, if_match='"v1"')
    assert (read(changed)["left"], read(changed)["days_to_pay"], changed.headers["ETag"]) == (0, 30, '"v2"')
    read(bank.post(accounts, {"currency": "GBP", "limit": 1}), 201)
    assert [each["currency"] for each in read(bank.get(accounts))["results"]] == ["GBP", "EUR"]
    told = problem(bank.post(accounts, {"currency": "EUR", "limit": 1}), 409, "credit_account_exists")
    assert told["credit_account_id"] == made["id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"limit": 1}, {("/currency", "required")}),
        ({"currency": "EUR"}, {("/limit", "required")}),
        ({"currency": "EUR", "limit": -1}, {("/limit", "min_value")}),
        ({"currency": "EUR", "limit": 1, "days_to_pay": 366}, {("/days_to_pay", "max_value")}),
        ({"currency": "EUR", "limit": 1, "owed": 0}, {("/owed", "unknown_field")}),
    ],
)
def test_a_wrong_credit_account_is_refused_by_field(bank: Caller, body: Any, expected: set[tuple[str, str]]) -> None:
    customer = a_customer(bank.client)
    assert pointers(read(bank.post(f"{BASE}{customer.pk}/credit-accounts/", body), 400)) == expected
    assert not CreditAccount.objects.exists()


def test_credit_needs_a_scope_of_its_own_and_another_storefronts_is_as_good_as_missing(bank: Caller) -> None:
    customer = a_customer(bank.client)
    account = a_credit_account(customer)
    address, accounts = f"/api/v1/credit-accounts/{account.pk}/", f"{BASE}{customer.pk}/credit-accounts/"
    clerk = Caller(bank.client, SCOPES)
    told = problem(clerk.patch(address, {"limit": 1}, if_match="*"), 403, "scope_missing")
    assert told["missing_scope"] == "customers:credit"
    problem(clerk.post(accounts, {"currency": "GBP", "limit": 1}), 403, "scope_missing")
    stranger = Caller(a_client("Stranger"), CREDIT_SCOPES)
    problem(stranger.get(address), 404, "not_found")
    problem(stranger.patch(address, {"limit": 1}, if_match="*"), 404, "not_found")
    problem(stranger.get(accounts), 404, "not_found")
    problem(stranger.post(accounts, {"currency": "GBP", "limit": 1}), 404, "not_found")
    assert CreditAccount.objects.get().limit == 100_00
