"""POST /stock/sourcing-plan/: what it tells, whose rules hold, what it refuses, and that it writes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core.ids import new_id
from core.models import Client
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.inventory import a_location, stock_up
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

PATH = "/api/v1/stock/sourcing-plan/"
IN_BERLIN = {"country": "DE", "postal_code": "10999"}


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture(autouse=True)
def places() -> None:
    for code, priority, postal_code in [("MUNICH", 1, "80331"), ("POTSDAM", 2, "14467"), ("EMPTY", 3, "10115")]:
        a_location(code, priority=priority, country="DE", postal_code=postal_code, shop_floor_units=1)
    stock_up({"A": 5, "B": 1}, location="MUNICH")
    stock_up({"A": 2, "B": 3}, location="POTSDAM")


def storefront(*rules: str) -> Client:
    return a_storefront(sourcing=[{"rule": rule, "parameters": {}} for rule in rules])


def caller_of(client: Client) -> Caller:
    caller = Caller(client, ("stock:read",))
    caller.get("/api/v1/locations/")
    return caller


def body(*wanted: tuple[str, int], **fields: Any) -> dict[str, Any]:
    return {"items": [{"sku": sku, "quantity": count} for sku, count in wanted], "destination": IN_BERLIN, **fields}


def planned(caller: Caller, sent: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = read(caller.post(PATH, sent, idempotency_key=""))
    return told


def sent_by(plan: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        parcel["location_code"]: {each["sku"]: each["quantity"] for each in parcel["units"]}
        for parcel in plan["parcels"]
    }


def reasons(plan: dict[str, Any]) -> dict[str, str]:
    return {each["location_code"]: each["reason"] for each in plan["passed_over"]}


def test_plans_are_ranked_and_each_says_why_it_passes_the_others_over() -> None:
    told = planned(caller_of(storefront("nearest", "fewest_parcels")), body(("A", 3)))
    assert told["rules"] == ["nearest", "fewest_parcels"]
    assert [sent_by(plan) for plan in told["plans"][:2]] == [
        {"POTSDAM": {"A": 2}, "MUNICH": {"A": 1}},
        {"MUNICH": {"A": 3}},
    ]
    assert [reasons(plan) for plan in told["plans"][:2]] == [
        {"EMPTY": "nothing_there"},
        {"POTSDAM": "left_out", "EMPTY": "nothing_there"},
    ]


def test_rules_of_the_request_stand_before_the_storefronts() -> None:
    caller = caller_of(storefront("nearest"))
    told = planned(caller, body(("A", 3), rules=["fewest_parcels"]))
    assert (told["rules"], sent_by(told["plans"][0])) == (["fewest_parcels"], {"MUNICH": {"A": 3}})
    assert planned(caller, body(("A", 1), rules=[]))["rules"] == ["priority"]


def test_items_of_one_sku_are_added_up_and_what_is_missing_is_told() -> None:
    told = planned(caller_of(storefront("reserve_for_shop_floor")), body(("A", 3), ("a", 4)))
    (plan, *_) = told["plans"]
    assert sent_by(plan) == {"MUNICH": {"A": 4}, "POTSDAM": {"A": 1}}
    assert [(each["sku"], each["quantity"]) for each in plan["short"]] == [("A", 2)]


def test_who_works_for_all_storefronts_names_one_or_plans_by_priority() -> None:
    client, office = storefront("nearest"), caller_of(a_client("Office", kind="back_office"))
    assert planned(office, body(("A", 1), client_id=str(client.pk)))["rules"] == ["nearest"]
    assert planned(office, body(("A", 1)))["rules"] == ["priority"]


def test_nothing_is_written_and_it_takes_few_statements() -> None:
    caller = caller_of(storefront("fewest_parcels"))
    planned(caller, body(("A", 1)))  # loads the rules of the storefront, which are remembered
    counts = []
    for sent in (body(("A", 1)), body(("A", 6), ("B", 4))):
        with nothing_changes(), CaptureQueriesContext(connection) as queries:
            planned(caller, sent)
        counts.append(len(queries))
    assert counts == [4, 4]  # the key, the mark of the rules, the SKUs, the supply


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, ("/items", "required")),
        ({"items": []}, ("/items", "empty")),
        (body(("A", 0)), ("/items/0/quantity", "min_value")),
        (body(("A", 1), ("NONE", 1)), ("/items/1/sku", "unknown_sku")),
        (body(("A", 1), rules=["cheapest"]), ("/rules/0", "invalid_choice")),
        (body(("A", 1), rules=["nearest", "nearest"]), ("/rules", "rule_twice")),
        (body(("A", 1), destination={"country": "Germany"}), ("/destination/country", "invalid_choice")),
        (body(("A", 1), destination={"street": "x"}), ("/destination/street", "unknown_field")),
        (body(("A", 1), client_id="north"), ("/client_id", "invalid")),
    ],
    ids=str,
)
def test_bad_input_is_named(sent: dict[str, Any], pointer: tuple[str, str]) -> None:
    caller = caller_of(a_client())
    with nothing_changes():
        told = problem(caller.post(PATH, sent, idempotency_key=""), 400, "invalid_input")
    assert pointer in pointers(told)


def test_a_storefront_plans_by_its_own_rules_only() -> None:
    other = storefront("never_split")
    problem(
        caller_of(a_client()).post(PATH, body(("A", 1), client_id=str(other.pk)), idempotency_key=""),
        403,
        "permission_denied",
    )
    office = caller_of(a_client("Office", kind="back_office"))
    refusal = office.post(PATH, body(("A", 1), client_id=str(new_id())), idempotency_key="")
    assert pointers(problem(refusal, 400, "invalid_input")) == {("/client_id", "unknown_client")}
    blind = Caller(a_client("Blind"), ("orders:read",))
    problem(blind.post(PATH, body(("A", 1)), idempotency_key=""), 403, "scope_missing")
