"""The routes of offers: a storefront sees its own and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from core.ids import new_id
from pricing.offers.models import Offer, OfferCode
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.inventory import a_variant
from tests.factories.offers import Asked, a_code, an_offer, an_order_of, use
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("offers:read", "offers:write")
BASE = "/api/v1/offers/"
TEN = {"code": "SPRING", "label": "Ten off", "kind": "percentage", "percentage": "10"}


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def shop() -> Caller:
    return Caller(a_client("North"), SCOPES)


@pytest.fixture
def other() -> Caller:
    return Caller(a_client("South"), SCOPES)


def codes(document: Any) -> list[str]:
    return [each["code"] for each in document["results"]]


def test_an_offer_is_created_and_shown(shop: Caller) -> None:
    mug = a_variant()
    body = {
        **TEN,
        "variant_ids": [str(mug.pk)],
        "minimum_amounts": [{"currency": "EUR", "amount": 5_000}],
        "total_limit": 100,
        "ends_at": "2999-01-01T00:00:00Z",
        "combinable": False,
    }
    response = shop.post(BASE, body)
    made = read(response, 201)
    assert (response.headers["ETag"], response.headers["Location"]) == ('"v1"', f"{BASE}{made['id']}/")
    created = {name: made.pop(name) for name in ("id", "created_at", "updated_at")}
    assert made == {
        "code": "SPRING", "label": "Ten off", "kind": "percentage", "automatic": False, "state": "running",
        "percentage": "10.00", "amounts": [], "buy_quantity": None, "get_quantity": None, "product_ids": [],
        "variant_ids": [str(mug.pk)], "minimum_amounts": [{"currency": "EUR", "amount": 5_000}], "minimum_quantity": 0,
        "group_ids": [], "combinable": False, "priority": 100, "total_limit": 100, "limit_per_customer": None,
        "used": 0, "starts_at": None, "ends_at": "2999-01-01T00:00:00.000000Z", "active": True, "version": 1,
    }  # fmt: skip
    assert read(shop.get(f"{BASE}{created['id']}/")) == {**made, **created}


def test_a_repeated_key_creates_one_offer_and_another_of_the_same_code_is_409(shop: Caller) -> None:
    first, again = (shop.post(BASE, TEN, idempotency_key="k") for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    with nothing_changes():
        refusal = problem(shop.post(BASE, {**TEN, "code": "spring"}), 409, "offer_exists")
    assert refusal["offer_id"] == read(first, 201)["id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("/code", "required"), ("/label", "required"), ("/kind", "required")}),
        ({**TEN, "percentage": 10}, {("/percentage", "invalid")}),
        ({**TEN, "percentage": "1e1"}, {("/percentage", "invalid")}),
        ({**TEN, "percentage": "NaN"}, {("/percentage", "invalid")}),
        ({**TEN, "percentage": "٣"}, {("/percentage", "invalid")}),
        ({**TEN, "percentage": "10.125"}, {("/percentage", "invalid")}),
        ({**TEN, "percentage": "101"}, {("/percentage", "invalid")}),
        ({**TEN, "percentage": None}, {("/percentage", "required")}),
        ({**TEN, "kind": "gift"}, {("/kind", "invalid_choice")}),
        ({**TEN, "colour": "red"}, {("/colour", "unknown_field")}),
        ({**TEN, "minimum_amounts": [{"currency": "EUR", "amount": 1}] * 2}, {("/minimum_amounts", "repeated")}),
        (
            {**TEN, "minimum_amounts": [{"currency": "XXX", "amount": 1}]},
            {("/minimum_amounts/0/currency", "invalid_choice")},
        ),
        ({**TEN, "variant_ids": [str(new_id())]}, {("/variant_ids", "unknown_variant")}),
        ({**TEN, "amounts": [{"currency": "EUR", "amount": 1}]}, {("/amounts", "of_another_kind")}),
        ({**TEN, "total_limit": 0}, {("/total_limit", "min_value")}),
    ],
)  # fmt: skip
def test_a_wrong_offer_is_refused_by_field(shop: Caller, body: Any, expected: set[tuple[str, str]]) -> None:
    with nothing_changes():
        assert pointers(read(shop.post(BASE, body), 400)) == expected


def test_every_kind_is_created(shop: Caller) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "amount": {"amounts": [{"currency": "JPY", "amount": 500}, {"currency": "EUR", "amount": 5}]},
        "free_delivery": {"automatic": True},
        "buy_x_get_y": {"buy_quantity": 2, "get_quantity": 1, "percentage": "100"},
    }
    for kind, terms in kinds.items():
        shown = read(shop.post(BASE, {"code": kind, "label": "X", "kind": kind, **terms}), 201)
        assert shown["kind"] == kind
    amount = Offer.objects.get(kind="amount")
    assert amount.amounts == {"JPY": 500, "EUR": 5}


def test_an_offer_is_patched_at_the_version_that_was_seen(shop: Caller) -> None:
    offer = an_offer(shop.client, total_limit=5)
    address = f"{BASE}{offer.pk}/"
    with nothing_changes():
        problem(shop.patch(address, {"label": "Other"}), 428, "if_match_missing")
        problem(shop.patch(address, {"label": "Other"}, if_match='"v7"'), 412, "stale_version")
        assert pointers(read(shop.patch(address, {"kind": "amount"}, if_match="*"), 400)) == {
            ("/kind", "unknown_field")
        }
    response = shop.patch(address, {"label": "Other", "total_limit": None}, if_match='"v1"')
    assert (read(response)["label"], read(response)["total_limit"], response.headers["ETag"]) == ("Other", None, '"v2"')


def test_a_limit_under_what_is_in_use_is_409(shop: Caller) -> None:
    offer = an_offer(shop.client, total_limit=5)
    for _ in range(2):
        use(an_order_of(shop.client.pk), Asked.of(offer))
    with nothing_changes():
        refusal = problem(
            shop.patch(f"{BASE}{offer.pk}/", {"total_limit": 1}, if_match="*"), 409, "offer_limit_too_low"
        )
    assert refusal["used"] == 2
    assert read(shop.get(f"{BASE}{offer.pk}/"))["used"] == 2


def test_an_offer_is_ended_and_a_repeat_is_answered_as_done(shop: Caller) -> None:
    offer = an_offer(shop.client)
    first = shop.post(f"{BASE}{offer.pk}/end/")
    assert (read(first)["state"], first.headers["ETag"]) == ("ended", '"v2"')
    assert read(shop.post(f"{BASE}{offer.pk}/end/")) == read(first)


def test_codes_are_added_listed_and_changed(shop: Caller) -> None:
    offer = an_offer(shop.client, automatic=False)
    address = f"{BASE}{offer.pk}/codes/"
    response = shop.post(address, {"codes": [{"code": "Hello", "use_limit": 3}, {"code": "BYE"}]}, if_match='"v1"')
    added = read(response, 201)["codes"]
    assert [(each["code"], each["use_limit"], each["used"], each["active"]) for each in added] == [
        ("Hello", 3, 0, True), ("BYE", None, 0, True),
    ]  # fmt: skip
    assert response.headers["ETag"] == '"v2"'
    assert codes(read(shop.get(address))) == ["BYE", "Hello"]
    assert codes(read(shop.get(f"{address}?code=HELLO"))) == ["Hello"]
    one = f"{address}{added[0]['id']}/"
    changed = shop.patch(one, {"active": False}, if_match='"v2"')
    assert (read(changed)["active"], read(changed)["use_limit"], changed.headers["ETag"]) == (False, 3, '"v3"')
    assert read(shop.get(one)) == read(changed)
    assert codes(read(shop.get(f"{address}?active=true"))) == ["BYE"]


def test_codes_that_are_taken_are_409(shop: Caller) -> None:
    an_offer(shop.client, "FIRST", codes=("Hello",))
    second = an_offer(shop.client, automatic=False)
    with nothing_changes():
        refusal = problem(
            shop.post(f"{BASE}{second.pk}/codes/", {"codes": [{"code": "NEW"}, {"code": "HELLO"}]}),
            409,
            "offer_code_taken",
        )
    assert refusal["taken"] == ["Hello"]


def test_codes_are_generated_once_per_key(shop: Caller) -> None:
    offer = an_offer(shop.client, automatic=False)
    body = {"count": 50, "prefix": "MAY-", "use_limit": 1}
    first, again = (shop.post(f"{BASE}{offer.pk}/codes/generate/", body, idempotency_key="k") for _ in range(2))
    made = read(first, 201)["codes"]
    assert first.content == again.content
    assert {each["code"] for each in made} == set(OfferCode.objects.values_list("code", flat=True))
    assert len(made) == 50
    with nothing_changes():
        assert pointers(read(shop.post(f"{BASE}{offer.pk}/codes/generate/", {"count": 1_001}), 400)) == {
            ("/count", "max_value")
        }


def test_an_automatic_offer_takes_no_codes(shop: Caller) -> None:
    offer = an_offer(shop.client)
    with nothing_changes():
        for path, body in (("codes/", {"codes": [{"code": "ABC"}]}), ("codes/generate/", {"count": 1})):
            problem(shop.post(f"{BASE}{offer.pk}/{path}", body), 409, "operation_refused")


def test_offers_are_listed_by_how_they_stand(shop: Caller, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    now, day = timezone.now(), dt.timedelta(days=1)
    an_offer(shop.client, "RUNS", "free_delivery")
    an_offer(shop.client, "PLANNED", starts_at=now + day)
    an_offer(shop.client, "ENDED", ends_at=now - day)
    an_offer(shop.client, "OFF", active=False)
    spent = an_offer(shop.client, "SPENT", total_limit=1)
    use(an_order_of(shop.client.pk), Asked.of(spent))
    shop.get(BASE)
    with django_assert_num_queries(2):
        everything = read(shop.get(BASE))
    assert {each["code"]: each["state"] for each in everything["results"]} == {
        "RUNS": "running", "PLANNED": "planned", "ENDED": "ended", "OFF": "off", "SPENT": "used_up",
    }  # fmt: skip
    assert codes(read(shop.get(f"{BASE}?state=used_up"))) == ["SPENT"]
    assert codes(read(shop.get(f"{BASE}?kind=free_delivery"))) == ["RUNS"]
    assert codes(read(shop.get(f"{BASE}?code=planned"))) == ["PLANNED"]
    first = read(shop.get(f"{BASE}?limit=2&ordering=created_at"))
    assert codes(first) == ["RUNS", "PLANNED"]
    assert codes(read(shop.get(first["next"].removeprefix("http://testserver")))) == ["ENDED", "OFF"]


def test_another_storefronts_offer_is_as_good_as_missing(shop: Caller, other: Caller) -> None:
    offer = an_offer(shop.client, automatic=False)
    code = a_code(offer)
    address = f"{BASE}{offer.pk}/"
    with nothing_changes():
        for method, path, body in (
            ("GET", "", None), ("PATCH", "", {"label": "X"}), ("POST", "end/", None), ("GET", "codes/", None),
            ("POST", "codes/", {"codes": [{"code": "ABC"}]}), ("POST", "codes/generate/", {"count": 1}),
            ("GET", f"codes/{code.pk}/", None), ("PATCH", f"codes/{code.pk}/", {"active": False}),
        ):  # fmt: skip
            headers: dict[str, Any] = (
                {"idempotency_key": "k"} if method == "POST" else {"if_match": "*"} if body else {}
            )
            problem(other.send(method, f"{address}{path}", body, **headers), 404, "not_found")
    assert codes(read(other.get(BASE))) == []


def test_a_code_of_another_offer_is_not_found_under_this_one(shop: Caller) -> None:
    code = a_code(an_offer(shop.client, automatic=False))
    second = an_offer(shop.client, "OTHER", automatic=False)
    with nothing_changes():
        problem(shop.get(f"{BASE}{second.pk}/codes/{code.pk}/"), 404, "not_found")
        address = f"{BASE}{second.pk}/codes/{code.pk}/"
        problem(shop.patch(address, {"active": False}, if_match="*"), 404, "not_found")


def test_reading_and_writing_need_their_scopes(shop: Caller) -> None:
    offer = an_offer(shop.client, automatic=False)
    reader, writer = Caller(shop.client, ("offers:read",)), Caller(shop.client, ("offers:write",))
    with nothing_changes():
        assert problem(writer.get(BASE), 403, "scope_missing")["missing_scope"] == "offers:read"
        assert problem(reader.post(BASE, TEN), 403, "scope_missing")["missing_scope"] == "offers:write"
        assert problem(reader.post(f"{BASE}{offer.pk}/codes/generate/", {"count": 1}), 403, "scope_missing")
